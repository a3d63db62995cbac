// What the provider may answer, seen from outside: refused for good, tried again under the same id, or waited for.
import { describe, expect, test } from 'vitest';
import { useEndToEnd } from '../support/e2e-setup.ts';
import { addClients, createMailing, finished } from '../support/scenario.ts';
import { endPause, readGateRow } from '../support/gate.ts';
import { eventually } from '../support/eventually.ts';
import { accept, answer, hang, perAttempt, resetAfterAccepting, strangeBodies } from '../support/stub-behaviours.ts';
import type { Behaviour } from '../support/stub-behaviours.ts';

// One of its providers has to be found silent.
const e2e = useEndToEnd({ PROVIDER_TIMEOUT_MS: '6000' });

interface MessageState {
  readonly id: string;
  readonly status: string;
  readonly attempts: number;
  readonly lastError: { readonly code: string; readonly message: string } | null;
}

async function messagesOf(id: string): Promise<MessageState[]> {
  const { messages } = await e2e.service.query<{ messages: { nodes: MessageState[] } }>(
    'query ($id: ID!) { messages(first: 100, where: { mailingId: $id }) { nodes { id status attempts lastError { code message } } } }',
    { id },
  );
  return messages.nodes;
}

describe('a message that the provider refuses', () => {
  test('is FAILED after one request, with the reason in words; the others are sent', async () => {
    await addClients(e2e.database.pool, 30);
    e2e.stub.behave(({ body }) => (Number(body?.phone) % 10 === 3 ? answer(400, { body: 'no such number' }) : accept()));
    const id = await createMailing(e2e.service, { text: 'refused' });
    expect(await finished(e2e.service, id)).toMatchObject({ total: 30, sent: 27, failed: 3 });
    const failed = (await messagesOf(id)).filter((message) => message.status === 'FAILED');
    for (const message of failed) expect(message).toMatchObject({ attempts: 1, lastError: { code: 'REJECTED' } });
    expect(e2e.requestsFor('refused').length).toBe(30);
  });

  test('is sent again under the same id when a person retries it', async () => {
    await addClients(e2e.database.pool, 3);
    e2e.stub.behave(({ body, attempt }) =>
      body?.text === 'again' && Number(body.phone) % 10 === 1 && attempt === 1 ? answer(400) : accept(),
    );
    const id = await createMailing(e2e.service, { text: 'again' });
    expect(await finished(e2e.service, id)).toMatchObject({ sent: 2, failed: 1 });
    const { retryMessages } = await e2e.service.query<{ retryMessages: { retried: number; userErrors: unknown[] } }>(
      'mutation ($id: ID!) { retryMessages(mailingId: $id) { retried userErrors { code message } } }',
      { id },
    );
    expect(retryMessages).toEqual({ retried: 1, userErrors: [] });
    expect(await finished(e2e.service, id)).toMatchObject({ sent: 3, failed: 0, mailingStatus: 'COMPLETED' });
    expect(new Set(e2e.requestsFor('again').map((entry) => entry.msgId)).size).toBe(3);
  });
});

describe.each<[string, Behaviour, string]>([
  ['a 500', answer(500), 'HTTP_500'],
  ['no answer in time', hang(), 'TIMEOUT'],
  ['a reset after the message was taken', resetAfterAccepting(), 'CONNECTION'],
  ['a 200 with garbage', answer(200, { body: strangeBodies.html }), 'BAD_RESPONSE'],
])('after %s', (name, behaviour, code) => {
  test('a message is tried again under the same id and sent', async () => {
    await addClients(e2e.database.pool, 12);
    const text = `after ${name}`;
    e2e.stub.behave((request) => (Number(request.body?.phone) % 4 === 0 ? perAttempt(behaviour, accept())(request) : accept()));
    const id = await createMailing(e2e.service, { text });
    expect(await finished(e2e.service, id)).toMatchObject({ total: 12, sent: 12 });
    const retried = (await messagesOf(id)).filter((message) => message.attempts > 1);
    expect(retried.length).toBe(3);
    for (const message of retried) expect(message).toMatchObject({ status: 'SENT', attempts: 2, lastError: { code } });
    const requests = e2e.requestsFor(text);
    expect(requests.length).toBe(15);
    for (const { id: messageId } of retried) {
      const times = requests.filter((entry) => entry.msgId === messageId).map((entry) => entry.at);
      expect(Math.abs((times[1] ?? 0) - (times[0] ?? 0))).toBeGreaterThan(1_500);
    }
    const attempts = await e2e.database.pool.query('select count(*)::int as n from message_attempt where mailing_id = $1', [id]);
    expect(attempts.rows[0]).toEqual({ n: 3 });
  });
});

test('a refused token stops the sender, charges nobody, and costs nothing once it is accepted again', async () => {
  await addClients(e2e.database.pool, 200);
  let refusing = true;
  e2e.stub.behave(() => (refusing ? answer(401) : accept()));
  const id = await createMailing(e2e.service, { text: 'token' });
  await eventually(async () => expect((await readGateRow(e2e.database.pool)).state).toBe('CLOSED'));
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const refused = e2e.requestsFor('token').length;
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThanOrEqual(64 + 5);
  refusing = false;
  // The pause after a refused token is 30 s; an operator's probe need not wait for it in a test.
  await endPause(e2e.database.pool);
  expect(await finished(e2e.service, id)).toMatchObject({ total: 200, sent: 200, failed: 0 });
  for (const message of await messagesOf(id)) expect(message.attempts).toBe(1);
});

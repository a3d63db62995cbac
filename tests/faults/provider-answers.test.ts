// Every way in which a provider can answer one request, or not answer it, among requests that go well: what becomes of the message.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { useProcessBench } from '../support/process-bench.ts';
import { expectProviderPromises } from '../support/provider-proof.ts';
import type { MessageRow } from '../support/provider-proof.ts';
import { addClients, createMailing, finished } from '../support/scenario.ts';
import {
  accept,
  answer,
  drip,
  hang,
  perAttempt,
  raw,
  redirect,
  resetAfterAccepting,
  resetBeforeAccepting,
  strangeBodies,
  truncate,
} from '../support/stub-behaviours.ts';
import type { Behaviour } from '../support/stub-behaviours.ts';
import type { StubEntry } from '../support/stub-provider.ts';

const bench = useProcessBench({ timeoutMs: 10_000 });

interface Fault {
  readonly name: string;
  readonly behaviour: Behaviour;
  /** What becomes of the message when its later requests go well. */
  readonly status: 'SENT' | 'FAILED';
  readonly code: string;
  readonly isAmbiguous: boolean;
}

const refused = (status: number): Fault => ({
  name: `a ${status}`,
  behaviour: answer(status, { body: '{"message":"no"}' }),
  status: 'FAILED',
  code: status === 400 ? 'REJECTED' : `HTTP_${status}`,
  isAmbiguous: false,
});
const retried = (status: number, headers: Record<string, string> = {}, name = `a ${status}`): Fault => ({
  name,
  behaviour: answer(status, { headers }),
  status: 'SENT',
  code: `HTTP_${status}`,
  isAmbiguous: false,
});
const unclear = (name: string, behaviour: Behaviour, code: string): Fault => ({ name, behaviour, status: 'SENT', code, isAmbiguous: true });
const strange = (name: string, body: string): Fault => unclear(`a 200 with ${name}`, answer(200, { body, accepted: true }), 'BAD_RESPONSE');

const elsewhere = createServer((_, response) => response.end('{"code":0,"message":"OK"}'));
let followed = 0;
elsewhere.on('request', () => {
  followed += 1;
});

const faults: readonly Fault[] = [
  ...[400, 404, 405, 409, 410, 413, 414, 415, 422, 451].map(refused),
  ...[408, 425, 429, 500, 502, 503, 504, 599].map((status) => retried(status)),
  retried(429, { 'retry-after': 'soon' }, 'a 429 with a Retry-After that makes no sense'),
  retried(429, { 'retry-after': '-5' }, 'a 429 with a negative Retry-After'),
  retried(429, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 'a 429 with a Retry-After that is over'),
  strange('broken JSON', strangeBodies.broken),
  strange('nothing', strangeBodies.empty),
  strange('a page of HTML', strangeBodies.html),
  strange('100 KiB of JSON', strangeBodies.huge),
  strange('another code than 0', strangeBodies.wrongCode),
  strange('the code as text', strangeBodies.textCode),
  strange('no code', strangeBodies.noCode),
  unclear('a truncated 200', truncate(), 'BAD_RESPONSE'),
  unclear('a 200 that drips in too slowly', drip({ everyMs: 1_000 }), 'TIMEOUT'),
  unclear('no answer', hang(), 'TIMEOUT'),
  unclear('no answer to a message that was taken', hang({ accepted: true }), 'TIMEOUT'),
  unclear('a reset before it was taken', resetBeforeAccepting(), 'CONNECTION'),
  unclear('a reset after it was taken', resetAfterAccepting(), 'CONNECTION'),
  unclear('something that is not HTTP', raw('SMTP ready\r\n\r\n'), 'BAD_RESPONSE'),
  unclear('a 202', answer(202, { accepted: true }), 'BAD_RESPONSE'),
];

/** Phones of the mailing by what happens to them: fault i takes the clients from i x each. */
const each = 4;
const healthy = 4_000;
const text = 'all faults';
let mailingId: string;
let rows: readonly MessageRow[];
let requests: readonly StubEntry[];

function faultOf(phone: string): Fault | undefined {
  return faults[Math.floor((Number(phone) - 79_000_000_000) / each)];
}

async function runOnce(): Promise<void> {
  if (rows !== undefined) return;
  const total = faults.length * each + healthy;
  await addClients(bench.database.pool, total);
  bench.stub.behave((request) => {
    const fault = faultOf(request.body?.phone ?? '');
    return fault === undefined ? accept() : perAttempt(fault.behaviour, accept())(request);
  });
  await bench.start('worker');
  mailingId = await createMailing(bench.api, { text });
  await finished(bench.api, mailingId);
  requests = bench.requestsFor(text);
  rows = await expectProviderPromises({ pool: bench.database.pool, api: bench.api, mailingId, requests, total });
}

test('a mailing in which one of every fault happens ends by itself, and no fault touches another message', async () => {
  await runOnce();
  const untouched = rows.filter((row) => faultOf(row.phone) === undefined);
  expect(untouched.length).toBe(healthy);
  expect(untouched.filter((row) => row.status !== 'SENT' || row.attempts !== 1)).toEqual([]);
});

describe('one message after', () => {
  beforeAll(() => expect(rows).toBeDefined());

  test.each(faults)('$name is $status', ({ name, status, code, isAmbiguous }) => {
    const touched = rows.filter((row) => faultOf(row.phone)?.name === name);
    expect(touched.length).toBe(each);
    const requestsEach = status === 'FAILED' ? 1 : 2;
    for (const row of touched) {
      expect(row).toMatchObject({ status, attempts: requestsEach, ambiguous: isAmbiguous, errorCode: code, failures: 1 });
      expect(row.errorMessage).not.toContain(row.phone);
      const asked = requests.filter((entry) => entry.msgId === row.id);
      expect(asked.length).toBe(requestsEach);
    }
  });
});

test('a redirect is not followed, wherever it leads: the message is requested again under its id', async () => {
  elsewhere.listen(0, '127.0.0.1');
  await new Promise((resolve) => elsewhere.once('listening', resolve));
  try {
    const target = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/v1/send/1`;
    await addClients(bench.database.pool, 12);
    const statuses = [301, 302, 303, 307, 308];
    bench.stub.behave((request) => {
      const status = statuses[Number(request.body?.phone) % 10];
      return status === undefined ? accept() : perAttempt(redirect(status, target), accept())(request);
    });
    await bench.start('worker');
    const id = await createMailing(bench.api, { text: 'redirect' });
    expect(await finished(bench.api, id)).toMatchObject({ total: 12, sent: 12 });
    const redirected = await expectProviderPromises({
      pool: bench.database.pool,
      api: bench.api,
      mailingId: id,
      requests: bench.requestsFor('redirect'),
      total: 12,
    });
    expect(redirected.filter((row) => row.errorCode === 'REDIRECT').length).toBe(7);
    expect(followed).toBe(0);
  } finally {
    elsewhere.close();
  }
});

test('keep-alive connections that the provider closes after each answer cost no message; a request caught by it goes out again under its id', async () => {
  await addClients(bench.database.pool, 1_000);
  bench.stub.behave(() => accept({ closeAfter: true }));
  await bench.start('worker');
  const id = await createMailing(bench.api, { text: 'closing' });
  expect(await finished(bench.api, id)).toMatchObject({ total: 1_000, sent: 1_000 });
  const closed = await expectProviderPromises({
    pool: bench.database.pool,
    api: bench.api,
    mailingId: id,
    requests: bench.requestsFor('closing'),
    total: 1_000,
  });
  // What was written into a connection that was just closing is ambiguous, and rare.
  expect(closed.filter((row) => row.attempts > 1).every((row) => row.ambiguous && row.errorCode === 'CONNECTION')).toBe(true);
  expect(closed.filter((row) => row.attempts > 1).length).toBeLessThan(300);
});

test('connections that are all cut in the middle of a mailing are replaced', async () => {
  await addClients(bench.database.pool, 2_000);
  bench.stub.behave(() => accept({ delayMs: 5 }));
  await bench.start('worker');
  const before = bench.stub.ledger.length;
  const id = await createMailing(bench.api, { text: 'cut' });
  for (const requestsBefore of [300, 900, 1_500]) {
    await bench.stub.waitForRequests(before + requestsBefore);
    bench.stub.cutConnections();
  }
  expect(await finished(bench.api, id)).toMatchObject({ total: 2_000, sent: 2_000 });
  await expectProviderPromises({
    pool: bench.database.pool,
    api: bench.api,
    mailingId: id,
    requests: bench.requestsFor('cut'),
    total: 2_000,
  });
});

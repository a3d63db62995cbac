// People change things while a mailing runs: within a second, and after at most the portion in hand, every request obeys.
import { beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { useEndToEnd } from '../support/e2e-setup.ts';
import { addClients, createMailing, finished, mutate, readStatistics } from '../support/scenario.ts';
import { accept } from '../support/stub-behaviours.ts';

const e2e = useEndToEnd();

/** Clients of a mailing in the middle of being sent, slowly enough to interfere. */
async function midway(text: string, clients = 2_000): Promise<string> {
  await addClients(e2e.database.pool, clients);
  e2e.stub.behave(() => accept({ delayMs: 100 }));
  const id = await createMailing(e2e.service, { text });
  await eventually(async () => (await readStatistics(e2e.service, id)).sent > 100);
  return id;
}

/** What must not be ignored longer than this after the answer: the promise. */
const OBEYED_MS = 1_000;
const requestsAfter = (text: string, at: number): number => e2e.requestsFor(text).filter((entry) => entry.since > at + OBEYED_MS).length;
const passed = async (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

beforeEach(() => e2e.stub.behave(() => accept()));

describe('in the middle of a mailing', () => {
  test('pause stops it within a second, resume goes on, and nothing is lost or repeated', async () => {
    const before = e2e.stub.accepted().length;
    const id = await midway('paused');
    await mutate(e2e.service, 'pauseMailing', id);
    const pausedAt = Date.now();
    await passed(OBEYED_MS * 2);
    expect(requestsAfter('paused', pausedAt)).toBe(0);
    const paused = await readStatistics(e2e.service, id);
    expect(paused).toMatchObject({ mailingStatus: 'PAUSED', total: 2_000 });
    expect(paused.pending).toBeGreaterThan(0);
    e2e.stub.behave(() => accept());
    await mutate(e2e.service, 'resumeMailing', id);
    expect(await finished(e2e.service, id)).toMatchObject({ mailingStatus: 'COMPLETED', sent: 2_000 });
    expect(e2e.stub.accepted().length - before).toBe(2_000);
    expect(new Set(e2e.requestsFor('paused').map((entry) => entry.msgId)).size).toBe(2_000);
  });

  test('cancel ends it: in flight keeps its true outcome, the rest is CANCELLED', async () => {
    const id = await midway('cancelled');
    await mutate(e2e.service, 'cancelMailing', id);
    const cancelledAt = Date.now();
    const statistics = await finished(e2e.service, id);
    await passed(OBEYED_MS * 2);
    expect(requestsAfter('cancelled', cancelledAt)).toBe(0);
    expect(statistics.mailingStatus).toBe('CANCELLED');
    await eventually(async () => {
      const now = await readStatistics(e2e.service, id);
      expect(now.sent + now.cancelled).toBe(2_000);
      expect(now.sent).toBe(e2e.requestsFor('cancelled').filter((entry) => entry.accepted).length);
    });
  });

  test('delete stops it and removes the mailing and its messages', async () => {
    const id = await midway('deleted');
    await mutate(e2e.service, 'deleteMailing', id);
    const deletedAt = Date.now();
    const { mailing, messages } = await e2e.service.query<{ mailing: unknown; messages: { totalCount: number } }>(
      'query ($id: ID!) { mailing(id: $id) { id } messages(where: { mailingId: $id }) { totalCount } }',
      { id },
    );
    expect(mailing).toBeNull();
    expect(messages.totalCount).toBe(0);
    await passed(OBEYED_MS * 2);
    expect(requestsAfter('deleted', deletedAt)).toBe(0);
    await eventually(async () => {
      const left = await e2e.database.pool.query(
        'select (select count(*) from message where mailing_id = $1)::int + (select count(*) from mailing where id = $1)::int as n',
        [id],
      );
      expect(left.rows[0]).toEqual({ n: 0 });
    });
  });

  test('a new text is what is sent from then on', async () => {
    const id = await midway('old text');
    await e2e.service.query('mutation ($id: ID!) { updateMailing(id: $id, input: { text: "new text" }) { userErrors { code } } }', { id });
    const editedAt = Date.now();
    expect(await finished(e2e.service, id)).toMatchObject({ sent: 2_000 });
    expect(requestsAfter('old text', editedAt)).toBe(0);
    expect(e2e.requestsFor('old text').length + e2e.requestsFor('new text').length).toBe(2_000);
    expect(e2e.requestsFor('new text').length).toBeGreaterThan(500);
  });

  test('a client who opts out or is deleted gets nothing any more, and the counts say so', async () => {
    const text = 'leaving';
    const id = await midway(text, 3_000);
    const { clients } = await e2e.service.query<{ messages: unknown; clients: { nodes: { id: string; phone: string }[] } }>(
      'query { clients(first: 20, orderBy: CREATED_AT_DESC) { nodes { id phone } } }',
    );
    const leaving = clients.nodes;
    expect(leaving.length).toBe(20);
    for (const [index, client] of leaving.entries()) {
      if (index % 2 === 0) await mutate(e2e.service, 'deleteClient', client.id);
      else
        await e2e.service.query('mutation ($id: ID!) { updateClient(id: $id, input: { optedOut: true }) { userErrors { code } } }', {
          id: client.id,
        });
    }
    const leftAt = Date.now();
    await finished(e2e.service, id);
    const phones = new Set(leaving.map((client) => client.phone));
    const late = e2e.requestsFor(text).filter((entry) => phones.has(entry.body?.phone ?? '') && entry.since > leftAt + OBEYED_MS);
    expect(late).toEqual([]);
    const reached = e2e.requestsFor(text).filter((entry) => phones.has(entry.body?.phone ?? '')).length;
    await eventually(async () =>
      expect(await readStatistics(e2e.service, id)).toMatchObject({ total: 3_000, cancelled: 20 - reached, sent: 2_980 + reached }),
    );
  });
});

test('over everything sent in this file the contract was kept and no message was requested twice', () => {
  expect(e2e.stub.ledger.filter((entry) => entry.faults.length > 0)).toEqual([]);
  expect(e2e.stub.ledger.length).toBe(new Set(e2e.stub.ledger.map((entry) => entry.msgId)).size);
});

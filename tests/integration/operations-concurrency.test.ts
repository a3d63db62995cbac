// Everything at once: people change clients and mailings while recipients are selected, batches leased, outcomes settled and ends reached.
// Nothing fails, nobody's counters are off, and no message is left that contradicts its client.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { leaseBatch, readPortion } from '../../src/database/batch-queries.ts';
import type { Settled } from '../../src/database/settle-queries.ts';
import { makeBatchSettler } from '../../src/operations/settle-outcomes.ts';
import { clearEngine, faultsOfCounters, given } from '../support/engine-seed.ts';
import { openOperations, valueOf } from '../support/operations.ts';
import type { OpenedOperations } from '../support/operations.ts';
import { stopClock, storeClients } from '../support/seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let api: OpenedOperations;

beforeAll(async () => {
  db = await createTestDatabase();
  api = await openOperations(db.url);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await db.drop();
});

const hour = 3_600_000;
const leaseMs = 60_000;
const zones = ['Europe/Moscow', 'UTC', 'Asia/Vladivostok', 'America/New_York'] as const;
const windows = [null, { from: '09:00', to: '18:00' }, { from: '22:00', to: '06:00' }, { from: '00:00', to: '23:59' }] as const;
const MAILINGS = 3;
const CLIENTS = 8;

const mailing = fc.nat({ max: MAILINGS - 1 });
const client = fc.nat({ max: CLIENTS - 1 });
const zone = fc.constantFrom(...zones);

/** What a person or a worker does; several of these run at the same time. */
const deed = fc.oneof(
  fc.record({ kind: fc.constant('opt out' as const), client }),
  fc.record({ kind: fc.constant('opt in' as const), client }),
  fc.record({ kind: fc.constant('delete client' as const), client }),
  fc.record({ kind: fc.constant('move' as const), client, zone }),
  fc.record({ kind: fc.constant('new phone' as const), client, digit: fc.nat({ max: 9 }) }),
  fc.record({ kind: fc.constant('import' as const), zone, conflict: fc.constantFrom('UPDATE' as const, 'SKIP' as const) }),
  fc.record({ kind: fc.constant('pause' as const), mailing }),
  fc.record({ kind: fc.constant('resume' as const), mailing }),
  fc.record({ kind: fc.constant('edit' as const), mailing, window: fc.constantFrom(...windows), hours: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('retry' as const), mailing }),
  fc.record({ kind: fc.constant('cancel' as const), mailing }),
  fc.record({ kind: fc.constant('expand' as const), mailing }),
  fc.record({ kind: fc.constant('finish' as const), mailing }),
  // The engine does more than people do.
  ...Array.from({ length: 4 }, () =>
    fc.record({
      kind: fc.constant('send' as const),
      mailing,
      outcomes: fc.array(fc.constantFrom('accepted', 'refused', 'retry', 'ambiguous', 'held', 'returned', 'doubted', 'given back'), {
        minLength: 1,
        maxLength: 4,
      }),
      keepsOne: fc.boolean(),
    }),
  ),
);
type Deed = typeof deed extends fc.Arbitrary<infer D> ? D : never;

async function run(done: Deed, mailings: readonly string[], clients: readonly string[]): Promise<void> {
  const mailingId = 'mailing' in done ? given(mailings[done.mailing]) : '';
  const clientId = 'client' in done ? given(clients[done.client]) : '';
  switch (done.kind) {
    case 'opt out':
      await api.updateClient(clientId, { optedOut: true }, null);
      break;
    case 'opt in':
      await api.updateClient(clientId, { optedOut: false }, null);
      break;
    case 'delete client':
      await api.deleteClient(clientId);
      break;
    case 'move':
      await api.updateClient(clientId, { timeZone: done.zone }, null);
      break;
    case 'new phone':
      await api.updateClient(clientId, { phone: `7916000000${done.digit}` }, null);
      break;
    case 'import': {
      const { rows } = await db.pool.query<{ phone: string }>('select phone::text from client');
      await api.importClients(
        rows.map(({ phone }) => ({ phone, timeZone: done.zone })),
        done.conflict,
      );
      break;
    }
    case 'pause':
      await api.pauseMailing(mailingId);
      break;
    case 'resume':
      await api.resumeMailing(mailingId);
      break;
    case 'edit':
      await api.updateMailing(mailingId, { sendWindow: done.window, endsAt: Date.parse('2026-03-10T12:00:00Z') + done.hours * hour }, null);
      break;
    case 'retry':
      await api.retryMessages(mailingId, ['FAILED', 'UNCONFIRMED']);
      break;
    case 'cancel':
      await api.cancelMailing(mailingId);
      break;
    case 'expand':
      await api.expandMailing(mailingId);
      break;
    case 'finish':
      await api.finishMailing(mailingId);
      break;
    case 'send':
      await send(mailingId, done.outcomes, done.keepsOne);
      break;
    default:
      done satisfies never;
  }
}

/** One batch as a lane sends it, with the real settler. `keepsOne`: it gives back all but the first message before that one's answer. */
async function send(mailingId: string, outcomes: readonly string[], keepsOne: boolean): Promise<void> {
  const batch = await leaseBatch(api.database, mailingId, leaseMs, 500);
  if (batch === null) return;
  const settler = makeBatchSettler({ database: api.database, leaseMs, log: api.log, onSettled: () => undefined }, batch, performance.now());
  const portion = await readPortion(api.database, batch, '0');
  const all = portion?.ids ?? [];
  const ids = keepsOne ? all.slice(0, 1) : all;
  if (keepsOne) await settler.keepOnly(new Set(ids));
  for (const [index, messageId] of ids.entries()) {
    const outcome = given(outcomes[index % outcomes.length]);
    if (outcome !== 'given back') {
      settler.add({ messageId, attemptsBefore: given(portion?.attempts?.[index]), ...given(settled[outcome]) });
    }
  }
  await settler.release();
  expect(settler.isLost).toBe(false);
}

const error = { code: 'HTTP_500', message: 'no', httpStatus: 500, latencyMs: 5, delayMs: 0 };
const settled: Readonly<Record<string, Omit<Settled, 'messageId' | 'attemptsBefore'>>> = {
  accepted: { kind: 'accepted', code: null, message: null, httpStatus: null, latencyMs: 5, delayMs: 0 },
  refused: { kind: 'refused', ...error },
  retry: { kind: 'retry', ...error },
  ambiguous: { kind: 'ambiguous', ...error },
  held: { kind: 'held', ...error },
  returned: { kind: 'returned', ...error },
  doubted: { kind: 'doubted', ...error },
};

/** Pending messages that contradict their client: to somebody who left, in another zone's hours, or to another number. */
const contradictions = `
  select g.id::text, g.status, c.opted_out_at is not null as left, c.time_zone, b.time_zone as "batchZone", b.lease_token::text as leased
  from message g join mailing m on m.id = g.mailing_id and m.finished_at is null
  left join client c on c.id = g.client_id
  left join batch b on b.id = g.batch_id
  where g.status = 'PENDING'
    and (c.id is null or c.opted_out_at is not null or b.id is null or b.time_zone <> c.time_zone or g.phone <> c.phone or b.lease_token is not null)`;

/** Batches open when their mailing's hours are closed: each must lie within one opening of the window, where there is one. */
async function expectBatchesWithinHours(): Promise<void> {
  const { rows } = await db.pool.query<{ from: string; to: string; zone: string; due: Date; close: Date; ends: Date }>(
    `select m.window_from as "from", m.window_to as "to", b.due_at as due, b.close_at as close, b.time_zone as zone, m.ends_at as ends
     from batch b join mailing m on m.id = b.mailing_id
     where b.pending > 0 and m.finished_at is null and m.window_from is not null and b.close_at > greatest(b.due_at, instant_now())`,
  );
  for (const row of rows) {
    for (const instant of [row.due.getTime(), row.close.getTime() - 1]) {
      const clock = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(row.zone).toPlainTime().toString().slice(0, 5);
      const open = row.from < row.to ? clock >= row.from && clock < row.to : clock >= row.from || clock < row.to;
      expect({ ...row, clock, open }).toMatchObject({ open: true });
    }
    expect(row.close.getTime()).toBeLessThanOrEqual(row.ends.getTime());
  }
}

test('whatever happens at the same time, nothing fails and everything adds up; in the end every message has its end', async () => {
  const storm = fc.array(fc.array(deed, { minLength: 2, maxLength: 10 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...windows), { minLength: MAILINGS, maxLength: MAILINGS }),
      storm,
      async (ofMailings, gusts) => {
        await clearEngine(db.pool);
        await stopClock(db.pool, '2026-03-10T12:00:00Z');
        const clients = await storeClients(db.pool, CLIENTS);
        const mailings: string[] = [];
        for (const sendWindow of ofMailings) {
          const startsAt = Date.parse('2026-03-10T12:00:00Z');
          const { id } = valueOf(await api.createMailing({ text: 'Hello', startsAt, endsAt: startsAt + 30 * hour, sendWindow }, null));
          mailings.push(id);
        }
        await api.expandMailing(given(mailings[0]));
        for (const gust of gusts) {
          await Promise.all(gust.map(async (done) => run(done, mailings, clients)));
          expect(await faultsOfCounters(db.pool)).toEqual([]);
          expect((await db.pool.query(contradictions)).rows).toEqual([]);
          await expectBatchesWithinHours();
        }
        await stopClock(db.pool, '2026-03-13T12:00:00Z');
        for (const id of mailings) {
          await api.expandMailing(id);
          await api.finishMailing(id);
        }
        const { rows } = await db.pool.query(
          `select m.status, s.pending from mailing m join mailing_statistics s on s.mailing_id = m.id where s.pending > 0 or m.finished_at is null`,
        );
        expect(rows).toEqual([]);
        expect((await db.pool.query('select from batch')).rowCount).toBe(0);
        expect(await faultsOfCounters(db.pool)).toEqual([]);
      },
    ),
    { numRuns: 40 },
  );
  expect(api.logLines.filter((line) => Number(line['level']) >= 40)).toEqual([]);
}, 600_000);

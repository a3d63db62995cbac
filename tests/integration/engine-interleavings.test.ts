// Holders of batches in any order and at the same time: they lease, settle, settle again, give back, die and come too late, while clients
// leave or move and windows close. A true outcome is never lost, a late one never written, and the counters are what the rows say.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freeExpiredLeases, leaseBatch, newBatchId, readPortion, releaseAllBut, releaseBatch } from '../../src/database/batch-queries.ts';
import type { LeasedBatch } from '../../src/database/batch-queries.ts';
import { isSerializationFault } from '../../src/database/database-faults.ts';
import { settleAccepted, settleMixed } from '../../src/database/settle-queries.ts';
import type { Settled } from '../../src/database/settle-queries.ts';
import { makeUpdateClient } from '../../src/operations/update-client.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine } from '../support/engine.ts';
import { addMailing, clearEngine, countsOf, faultsOfCounters, given } from '../support/engine-seed.ts';
import { addMessages, storeClients } from '../support/seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let engine: Engine;

beforeAll(async () => {
  db = await createTestDatabase();
  engine = await startEngine(db.url);
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await db.drop();
});

const leaseMs = 60_000;
const BATCHES = 4;
const PER_BATCH = 4;

const which = fc.nat({ max: 7 });
const kinds = fc.array(fc.constantFrom('accepted', 'accepted', 'refused', 'retry', 'ambiguous', 'held'), { minLength: 1, maxLength: 4 });
const deed = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('lease' as const) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('settle' as const), which, kinds, again: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('keep only' as const), which, keep: fc.nat({ max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('die' as const), which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('come too late' as const), which, kinds }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('opt out' as const), client: fc.nat({ max: BATCHES * PER_BATCH - 1 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('move' as const), client: fc.nat({ max: BATCHES * PER_BATCH - 1 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('close windows' as const) }) },
);
type Deed = typeof deed extends fc.Arbitrary<infer D> ? D : never;

interface Holder {
  batch: LeasedBatch;
  /** What it has in hand and has not settled. */
  inHand: { id: string; attempts: number }[];
}

class Scene {
  readonly mailingId: string;
  readonly clients: readonly string[];
  holders: Holder[] = [];
  readonly late: Holder[] = [];
  /** What a holder that had the lease was told of a message: its last state. */
  readonly told = new Map<string, 'SENT' | 'FAILED' | 'UNCONFIRMED'>();

  constructor(mailingId: string, clients: readonly string[]) {
    this.mailingId = mailingId;
    this.clients = clients;
  }

  /** Each holder does one thing at a time; different ones do theirs at once. */
  async gust(deeds: readonly Deed[]): Promise<void> {
    const idle = [...this.holders];
    await Promise.all(
      deeds.map(async (done) => {
        const holder =
          'which' in done && done.kind !== 'come too late' ? idle.splice(done.which % Math.max(1, idle.length), 1)[0] : undefined;
        await this.run(done, holder);
      }),
    );
  }

  private async run(done: Deed, holder: Holder | undefined): Promise<void> {
    switch (done.kind) {
      case 'lease':
        return this.lease();
      case 'settle':
        return holder && this.settle(holder, done.kinds, done.again);
      case 'release':
        return holder && this.release(holder);
      case 'keep only':
        return holder && this.keepOnly(holder, done.keep);
      case 'die':
        return holder && this.die(holder);
      case 'come too late':
        return this.comeTooLate(this.late[done.which % Math.max(1, this.late.length)], done.kinds);
      case 'opt out':
        return void (await makeUpdateClient(engine)(given(this.clients[done.client]), { optedOut: true }, null));
      case 'move':
        return void (await makeUpdateClient(engine)(given(this.clients[done.client]), { timeZone: 'Asia/Tokyo' }, null));
      case 'close windows':
        await db.pool.query(
          'update batch set close_at = instant_now() where id in (select id from batch where lease_token is null order by id for update skip locked)',
        );
        return engine.finish(this.mailingId);
      default:
        return done satisfies never;
    }
  }

  private async lease(): Promise<void> {
    const batch = await leaseBatch(engine.database, this.mailingId, leaseMs, 0);
    if (batch === null) return;
    const portion = given(await readPortion(engine.database, batch, '0'));
    const inHand = (portion.ids ?? []).map((id, index) => ({ id, attempts: given(portion.attempts?.[index]) }));
    this.holders.push({ batch, inHand });
  }

  private async settle(holder: Holder, wanted: readonly string[], again: boolean): Promise<void> {
    const outcomes = take(holder, wanted);
    const results = await Promise.all(
      Array.from({ length: again ? 2 : 1 }, async () => surely(async () => settleAny(holder.batch, outcomes))),
    );
    expect(results).not.toContain(null);
    for (const { messageId, kind } of outcomes) {
      if (kind === 'accepted') this.told.set(messageId, 'SENT');
      if (kind === 'refused') this.told.set(messageId, 'FAILED');
    }
  }

  private async release(holder: Holder): Promise<void> {
    this.holders = this.holders.filter((one) => one !== holder);
    await surely(async () => releaseBatch(engine.database, holder.batch));
    this.late.push(holder);
  }

  private async keepOnly(holder: Holder, keep: number): Promise<void> {
    const id = await newBatchId(engine.database);
    holder.inHand = holder.inHand.slice(0, keep);
    const ids = holder.inHand.map((message) => message.id);
    expect(await surely(async () => releaseAllBut(engine.database, holder.batch, ids, id, leaseMs))).toBe(true);
    holder.batch = { ...holder.batch, id };
  }

  /** Its lease runs out and is freed, whoever else may be at the row. */
  private async die(holder: Holder): Promise<void> {
    this.holders = this.holders.filter((one) => one !== holder);
    await surely(async () =>
      db.pool.query("update batch set lease_until = instant_now() - interval '1 second' where lease_token = $1", [holder.batch.token]),
    );
    await freeExpiredLeases(engine.database);
    this.late.push(holder);
  }

  private async comeTooLate(holder: Holder | undefined, wanted: readonly string[]): Promise<void> {
    if (holder === undefined || holder.inHand.length === 0) return;
    const { rowCount } = await db.pool.query('select from batch where lease_token = $1', [holder.batch.token]);
    // Somebody was at the row when it died: not free yet.
    if (rowCount !== 0) return;
    expect(await surely(async () => settleAny(holder.batch, take({ ...holder }, wanted)))).toBeNull();
  }

  /** Everybody goes home, the end comes. */
  async end(): Promise<void> {
    for (const holder of this.holders) await releaseBatch(engine.database, holder.batch);
    await db.pool.query("update batch set lease_until = instant_now() - interval '1 second' where lease_token is not null");
    await freeExpiredLeases(engine.database);
    await db.pool.query('update mailing set ends_at = instant_now() where id = $1', [this.mailingId]);
    await engine.finish(this.mailingId);
  }
}

function take(holder: Holder, wanted: readonly string[]): Settled[] {
  const taken = holder.inHand.slice(0, wanted.length);
  holder.inHand = holder.inHand.slice(taken.length);
  return taken.map(({ id, attempts }, index) => toSettled(id, attempts, given(wanted[index])));
}

function toSettled(messageId: string, attemptsBefore: number, kind: string): Settled {
  const base = { messageId, attemptsBefore, latencyMs: 5, delayMs: 0 };
  if (kind === 'accepted') return { ...base, kind, code: null, message: null, httpStatus: null };
  if (kind !== 'refused' && kind !== 'retry' && kind !== 'ambiguous' && kind !== 'held') throw new Error(kind);
  return { ...base, kind, code: 'HTTP_500', message: 'no', httpStatus: 500 };
}

async function settleAny(batch: LeasedBatch, outcomes: readonly Settled[]): Promise<unknown> {
  return outcomes.every(({ kind }) => kind === 'accepted')
    ? settleAccepted(
        engine.database,
        batch,
        outcomes.map(({ messageId }) => messageId),
        leaseMs,
      )
    : settleMixed(engine.database, batch, outcomes, leaseMs);
}

/** As a settler does: what PostgreSQL rolled back to resolve a deadlock runs again. */
async function surely<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isSerializationFault(error)) throw error;
    }
  }
}

test('whatever holders do in whatever order, true outcomes stand, late ones do not, and everything adds up', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(deed, { minLength: 1, maxLength: 5 }), { minLength: 4, maxLength: 14 }), async (gusts) => {
      await clearEngine(db.pool);
      const clients = await storeClients(db.pool, BATCHES * PER_BATCH, { timeZone: 'UTC' });
      const mailingId = await addMailing(db.pool);
      for (let batch = 0; batch < BATCHES; batch += 1) {
        await addMessages(db.pool, mailingId, clients.slice(batch * PER_BATCH, (batch + 1) * PER_BATCH), { timeZone: 'UTC' });
      }
      const scene = new Scene(mailingId, clients);
      for (const gust of gusts) {
        await scene.gust(gust);
        expect(await faultsOfCounters(db.pool)).toEqual([]);
      }
      await scene.end();
      expect(await faultsOfCounters(db.pool)).toEqual([]);
      expect(await countsOf(db.pool, mailingId)).toMatchObject({ total: BATCHES * PER_BATCH, pending: 0 });
      expect((await db.pool.query('select from batch')).rowCount).toBe(0);
      expect((await db.pool.query('select status from mailing')).rows).toEqual([{ status: 'COMPLETED' }]);
      const { rows } = await db.pool.query<{ id: string; status: string }>('select id::text, status from message');
      const ended = new Map(rows.map(({ id, status }) => [id, status]));
      expect([...scene.told].map(([id]) => [id, ended.get(id)])).toEqual([...scene.told]);
      expect((await db.pool.query('select from message_attempt group by message_id, attempt having count(*) > 1')).rowCount).toBe(0);
    }),
    { numRuns: 25, endOnFailure: true },
  );
}, 120_000);

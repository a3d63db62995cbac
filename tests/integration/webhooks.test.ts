// Events become rows with what they are about, and rows become webhooks: once each when all goes well, again and again when not.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { beginProbe, closeGate, failProbe, passProbe } from '../../src/database/gate-queries.ts';
import { claimWebhooks, giveUpStaleWebhooks, nextWebhookAt, switchWebhooks } from '../../src/database/webhook-queries.ts';
import { PROBES_TO_OPEN } from '../../src/domain/provider-gate.ts';
import { armFailpoints } from '../../src/failpoints.ts';
import { makeWebhookDelivery } from '../../src/operations/deliver-webhooks.ts';
import type { WebhookDelivery } from '../../src/operations/deliver-webhooks.ts';
import { makeWebhookSender } from '../../src/webhooks/webhook-sender.ts';
import { about } from '../support/about.ts';
import { startEngine } from '../support/engine.ts';
import type { Engine } from '../support/engine.ts';
import { addMailing, clearEngine, first, given, waitingJobs } from '../support/engine-seed.ts';
import { startTestWorker } from '../support/engine-worker.ts';
import { eventually } from '../support/eventually.ts';
import { moveClock, resetClock } from '../support/movable-clock.ts';
import { addClients } from '../support/scenario.ts';
import { stopClock } from '../support/seed.ts';
import { startStubProvider } from '../support/stub-provider.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { startWebhookReceiver, verify, webhookSecret } from '../support/webhook-receiver.ts';
import type { WebhookReceiver } from '../support/webhook-receiver.ts';

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
beforeEach(async () => {
  await resetClock(db.pool);
  await clearEngine(db.pool);
  await switchWebhooks(engine.database, true);
  engine.lines.length = 0;
});
afterEach(() => armFailpoints([]));

interface Told {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

async function outbox(): Promise<Told[]> {
  return (await db.pool.query<Told>('select type, data from webhook_delivery order by id')).rows;
}

async function rows(): Promise<{ status: string; attempts: number; error: string | null }[]> {
  const { rows: found } = await db.pool.query('select status, attempts, last_error as error from webhook_delivery order by id');
  return found as { status: string; attempts: number; error: string | null }[];
}

async function tell(count = 1): Promise<void> {
  await db.pool.query(
    `insert into webhook_delivery (type, data) select 'mailing.started', jsonb_build_object('mailingId', n::text) from generate_series(1, $1::int) n`,
    [count],
  );
}

describe('an event', () => {
  test('of a mailing is written when it starts and when it is over', async () => {
    const id = await addMailing(db.pool, { status: 'SCHEDULED' });
    await engine.expand(id);
    expect(await outbox()).toEqual([
      { type: 'mailing.started', data: { mailingId: id } },
      { type: 'mailing.completed', data: { mailingId: id } },
    ]);
  });

  test('is not written by a transaction that comes to nothing, nor of pauses and edits, nor when there is nobody to tell', async () => {
    const client = await db.pool.connect();
    await client.query('begin');
    await client.query(`insert into mailing_event (mailing_id, kind) values (1, 'STARTED')`);
    await client.query('rollback');
    client.release();
    await db.pool.query(`insert into mailing_event (mailing_id, kind) values (1, 'PAUSED'), (1, 'CREATED'), (1, 'CANCELLED')`);
    expect(await outbox()).toEqual([]);
    await switchWebhooks(engine.database, false);
    await db.pool.query(`insert into mailing_event (mailing_id, kind) values (1, 'STARTED')`);
    await closeGate(engine.database, { code: 'OUTAGE', reason: 'down', forMs: 1_000 });
    expect(await outbox()).toEqual([]);
  });

  test('of the gate is one closing and one opening for an outage, however often it is tested in between; with the mailings that wait', async () => {
    const [one, two] = [await addMailing(db.pool), await addMailing(db.pool)];
    await addMailing(db.pool, { status: 'PAUSED' });
    const closing = { code: 'OUTAGE', reason: 'down', forMs: 0 };
    await closeGate(engine.database, closing);
    await closeGate(engine.database, closing);
    await failProbe(engine.database, given((await beginProbe(engine.database, 1_000)).token), closing);
    for (let passed = 0; passed < PROBES_TO_OPEN; passed += 1)
      await passProbe(engine.database, given((await beginProbe(engine.database, 1_000)).token));
    expect(await outbox()).toEqual([
      { type: 'provider.gate.closed', data: { code: 'OUTAGE', runningMailings: 2, mailingIds: [one, two].toSorted() } },
      { type: 'provider.gate.opened', data: {} },
    ]);
  });
});

describe('delivering', () => {
  let receiver: WebhookReceiver;
  let sender: ReturnType<typeof makeWebhookSender>;
  beforeEach(async () => {
    receiver = await startWebhookReceiver();
    sender = makeWebhookSender({ url: receiver.url, secrets: [webhookSecret] });
  });
  afterEach(async () => {
    await sender[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });
  const delivery = (): WebhookDelivery => makeWebhookDelivery({ ...engine, post: sender.post, random: () => 0.5 });

  test('tells every event once, under ids of their own, and logs it by mailing', async () => {
    await tell(10);
    await Promise.all([delivery().deliver(), delivery().deliver(), delivery().deliver()]);
    expect(receiver.received.map(({ payload }) => Number(payload.data['mailingId'])).toSorted((a, b) => a - b)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
    ]);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(10);
    for (const webhook of receiver.received) verify(webhook);
    expect((await rows()).every(({ status, attempts }) => status === 'DELIVERED' && attempts === 1)).toBe(true);
    expect(engine.lines).toContainEqual(
      expect.objectContaining({ event: 'webhook-delivered', type: 'mailing.started', mailingId: '7', attempts: 1 }),
    );
  });

  test('that fails is tried again after a wait, under the same id, and a worker that looks earlier leaves it alone', async () => {
    const now = Date.now();
    await stopClock(db.pool, new Date(now).toISOString());
    receiver.answer((nth) => (nth === 1 ? 503 : 204));
    await tell();
    const { deliver, keepJob } = delivery();
    await deliver();
    await deliver();
    expect(receiver.received).toHaveLength(1);
    expect(await rows()).toEqual([{ status: 'DUE', attempts: 1, error: 'the receiver answered 503' }]);
    expect(await nextWebhookAt(engine.database)).toBe(now + 5_000);
    expect(await waitingJobs(db.pool)).toEqual([{ key: 'webhook', inSeconds: about(5) }]);
    await db.pool.query('delete from graphile_worker._private_jobs');
    await keepJob();
    expect(await waitingJobs(db.pool)).toEqual([{ key: 'webhook', inSeconds: about(5) }]);
    await moveClock(db.pool, 5_500);
    await deliver();
    expect(await rows()).toMatchObject([{ status: 'DELIVERED', attempts: 2 }]);
    expect(new Set(receiver.received.map(({ id, body }) => id + body)).size).toBe(1);
    expect(engine.lines.filter(({ level }) => level === 'warn')).toMatchObject([{ reason: 'the receiver answered 503', delayMs: 5_000 }]);
  });

  test('ends after ten attempts in three days, as an error in the log', async () => {
    receiver.answer(() => 500);
    await tell();
    const { deliver } = delivery();
    for (let attempt = 1; attempt <= 12; attempt += 1) {
      await deliver();
      await moveClock(db.pool, 24 * 3_600_000);
    }
    expect(receiver.received).toHaveLength(10);
    expect(await rows()).toEqual([{ status: 'GIVEN_UP', attempts: 10, error: 'the receiver answered 500' }]);
    expect(engine.lines.filter(({ event }) => event === 'webhook-given-up')).toMatchObject([
      { level: 'error', attempts: 10, mailingId: '1' },
    ]);
  });

  test('to a receiver that wants no more of it (410) ends at once', async () => {
    receiver.answer(() => 410);
    await tell();
    await delivery().deliver();
    expect(await rows()).toMatchObject([{ status: 'GIVEN_UP', attempts: 1 }]);
  });

  test('by a worker that dies after the answer is repeated by another, under the same id', async () => {
    await tell();
    armFailpoints([{ name: 'webhook-posted', phone: null, action: 'throw', pass: null }]);
    await expect(delivery().deliver()).rejects.toThrow('failpoint webhook-posted');
    armFailpoints([]);
    await delivery().deliver();
    expect(receiver.received).toHaveLength(1);
    await moveClock(db.pool, 61_000);
    await delivery().deliver();
    expect(receiver.received).toHaveLength(2);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1);
  });

  test('asks a slow receiver four things at a time, in one run of the process', async () => {
    const answers: (() => void)[] = [];
    receiver.answer(() => (response) => void answers.push(() => response.writeHead(204).end()));
    await tell(9);
    const { deliver } = delivery();
    const running = deliver();
    await eventually(() => receiver.open() === 4);
    await deliver();
    expect(receiver.received).toHaveLength(4);
    await eventually(async () => {
      for (const answer of answers.splice(0)) answer();
      return receiver.received.length === 9 && receiver.open() === 0;
    });
    await running;
    expect((await rows()).every(({ status }) => status === 'DELIVERED')).toBe(true);
  });

  test('that is broken off because the process is to end costs no attempt', async () => {
    const stop = new AbortController();
    receiver.answer(() => () => stop.abort());
    await tell();
    await delivery().deliver(stop.signal);
    expect(await rows()).toEqual([{ status: 'DUE', attempts: 0, error: null }]);
    expect(await waitingJobs(db.pool)).toEqual([{ key: 'webhook', inSeconds: 0 }]);
  });

  test('passes by what is older than all attempts would take, and forgets in a week what is over', async () => {
    await tell();
    await moveClock(db.pool, 4 * 86_400_000 + 1_000);
    const { keepJob } = delivery();
    await keepJob();
    expect(await rows()).toMatchObject([{ status: 'GIVEN_UP', attempts: 0 }]);
    expect(engine.lines.filter(({ event }) => event === 'webhook-given-up')).toHaveLength(1);
    await moveClock(db.pool, 7 * 86_400_000 + 1_000);
    await keepJob();
    expect(await rows()).toEqual([]);
  });
});

describe('a whole worker', () => {
  test('tells of a mailing from its start to its end within moments', async () => {
    await using receiver = await startWebhookReceiver();
    const stub = await startStubProvider();
    await using worker = await startTestWorker(db.url, stub.url, {
      WEBHOOK_URL: receiver.url,
      WEBHOOK_SECRET: webhookSecret,
      RECONCILE_SECONDS: '3600',
    });
    await addClients(db.pool, 20);
    const id = await addMailing(db.pool, { status: 'SCHEDULED' });
    await db.pool.query(
      `select graphile_worker.add_job('expand', json_build_object('mailingId', $1::text), job_key => 'expand:' || $1::text)`,
      [id],
    );
    await eventually(() => receiver.received.length === 2);
    expect(receiver.received.map(verifyAs).toSorted()).toEqual([`mailing.completed ${id}`, `mailing.started ${id}`]);
    // The receiver has an event before the worker has its answer.
    await eventually(() => expect(worker.lines.filter(({ event }) => event === 'webhook-delivered')).toHaveLength(2));
    await stub.close();
  });

  test('sends as ever while the receiver takes everything and answers nothing', async () => {
    await using receiver = await startWebhookReceiver();
    receiver.answer(() => () => undefined);
    const stub = await startStubProvider();
    await using worker = await startTestWorker(db.url, stub.url, { WEBHOOK_URL: receiver.url, WEBHOOK_SECRET: webhookSecret });
    await tell(50);
    await eventually(() => receiver.open() === 4);
    await addClients(db.pool, 500);
    const id = await addMailing(db.pool, { status: 'SCHEDULED' });
    await db.pool.query(
      `select graphile_worker.add_job('expand', json_build_object('mailingId', $1::text), job_key => 'expand:' || $1::text)`,
      [id],
    );
    await eventually(
      async () =>
        first((await db.pool.query<{ status: string }>('select status from mailing where id = $1', [id])).rows).status === 'COMPLETED',
    );
    // Nothing was answered, so all are still due; requests that timed out were followed by others, never more than four at a time.
    expect((await rows()).filter(({ status }) => status !== 'DUE')).toEqual([]);
    expect(receiver.open()).toBeLessThanOrEqual(4);
    expect(worker.lines.filter(({ level }) => level === 'error')).toEqual([]);
    await stub.close();
  });
});

test('what is due is found by its index among what is over', async () => {
  await db.pool.query(`
    insert into webhook_delivery (type, data, status, ended_at) select 'x', '{}', 'DELIVERED', instant_now() from generate_series(1, 20000);
    insert into webhook_delivery (type, data) select 'x', '{}' from generate_series(1, 5);`);
  await db.pool.query('vacuum analyze webhook_delivery');
  const plans: string[] = [];
  const explaining = {
    rows: async <Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> => {
      const { rows: lines } = await db.pool.query<Record<string, string>>(`explain ${text}`, [...values]);
      plans.push(lines.map((line) => String(line['QUERY PLAN'])).join('\n'));
      return [];
    },
  };
  await claimWebhooks(explaining, 4, 60_000);
  await nextWebhookAt(explaining);
  await giveUpStaleWebhooks(explaining);
  for (const plan of plans) expect(plan).toContain('webhook_delivery_due');
  for (const plan of plans) expect(plan).not.toContain('Seq Scan');
});

function verifyAs(webhook: WebhookReceiver['received'][number]): string {
  const { type, data } = verify(webhook) as { readonly type: string; readonly data: { readonly mailingId: string } };
  return `${type} ${data.mailingId}`;
}

// One mailing, and kill -9 of its workers again and again at random instants. Two workers run at any time; one that is killed is replaced
// by a new process and nothing else is done: whatever moves again moves by itself.
import pg from 'pg';
import { inexcusable, senderOf } from './crash-oracle.ts';
import type { Death, Inexcusable } from './crash-oracle.ts';
import { faultsOfCounters } from './engine-seed.ts';
import { eventually } from './eventually.ts';
import { databaseNow } from './movable-clock.ts';
import { startTestService } from './service.ts';
import type { TestService } from './service.ts';
import { accept } from './stub-behaviours.ts';
import { startStubProvider } from './stub-provider.ts';
import type { StubEntry } from './stub-provider.ts';

export interface KillCampaign {
  readonly databaseUrl: string;
  readonly kills: number;
  readonly messages: number;
  readonly seed: number;
  readonly leaseSeconds: number;
  readonly reconcileSeconds: number;
  /** From the last kill until the mailing has to be over. */
  readonly patienceMs: number;
  readonly onKill?: (kill: Kill) => void;
}

export interface Kill extends Death {
  /** Messages that the dead worker had requested and not settled: at most these may be requested again. */
  readonly unsettled: number;
  /** How long before the death the oldest of their answers had come; null when all were in flight. */
  readonly oldestAnswerMs: number | null;
}

export interface KillResult {
  readonly kills: readonly (Kill & {
    /** Requests of the dead worker that others made again. */
    readonly repeated: number;
    /** From the death until the first and the last of its unsettled messages was requested again; null when it had none. */
    readonly movedMs: number | null;
    readonly recoveredMs: number | null;
  })[];
  /** The mailing's counts at the end. */
  readonly statistics: { readonly status: string; readonly total: number; readonly sent: number; readonly pending: number };
  readonly requests: number;
  readonly clientsReached: number;
  readonly inexcusable: readonly Inexcusable[];
  readonly counterFaults: readonly string[];
  readonly durationMs: number;
}

const TEXT = 'kills';
/** How long an answer takes; with 8 connections per worker a mailing of 20,000 lasts for minutes. */
const ANSWER_MS = { from: 20, to: 80 };

/** The database is migrated and empty. Ends every process it starts. */
export async function runKillCampaign(campaign: KillCampaign): Promise<KillResult> {
  const { databaseUrl, kills, messages, seed, leaseSeconds, reconcileSeconds, patienceMs, onKill } = campaign;
  const random = seededRandom(seed);
  await using stack = new AsyncDisposableStack();
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  stack.defer(async () => pool.end());
  // The server may stop while the last connections are still being closed.
  pool.on('error', () => undefined);
  const stub = await startStubProvider({
    script: () => accept({ delayMs: ANSWER_MS.from + random() * (ANSWER_MS.to - ANSWER_MS.from) }),
  });
  stack.defer(async () => stub.close());

  const start = async (name: string): Promise<TestService> => {
    const service = await startTestService({
      databaseUrl,
      providerUrl: stub.url,
      env: {
        ROLE: 'worker',
        PROVIDER_TOKEN: name,
        PROVIDER_CONNECTIONS: '8',
        LEASE_SECONDS: String(leaseSeconds),
        RECONCILE_SECONDS: String(reconcileSeconds),
        LOG_LEVEL: 'info',
      },
    });
    stack.use(service);
    return service;
  };

  await pool.query(
    `insert into client (phone, operator_code, time_zone) select 79000000000 + g, '900', 'Europe/Moscow' from generate_series(1, $1::int) g`,
    [messages],
  );
  let started = 2;
  const workers = await Promise.all([1, 2].map(async (n) => ({ name: `worker-${n}`, service: start(`worker-${n}`) })));
  await Promise.all(workers.map(async (worker) => worker.service));
  const startedAt = performance.now();
  const mailingId = await createMailing(pool);

  // Instants are drawn in requests, not in seconds, so that they lie all over the mailing on any machine; then some milliseconds more.
  const instants = Array.from({ length: kills }, () => Math.floor(random() * messages * 0.95)).toSorted((a, b) => a - b);
  const died: Kill[] = [];
  for (const instant of instants) {
    await stub.waitForRequests(instant, { timeoutMs: patienceMs });
    await new Promise((resolve) => setTimeout(resolve, random() * 60));
    const place = random() < 0.5 ? 0 : 1;
    const victim = workers[place];
    if (victim === undefined) throw new Error('there are two workers');
    const service = await victim.service;
    const killedAt = Date.now();
    await service.end('SIGKILL');
    const kill = await describeDeath(pool, victim.name, killedAt, stub.ledger);
    died.push(kill);
    onKill?.(kill);
    started += 1;
    const name = `worker-${started}`;
    workers[place] = { name, service: start(name) };
  }
  await Promise.all(workers.map(async (worker) => worker.service));
  const statistics = await eventually(async () => readMailing(pool, mailingId), { timeoutMs: patienceMs, everyMs: 200 });

  const { ledger } = stub;
  const finishedAt = await readFinishedAt(pool, mailingId);
  return {
    kills: died.map((kill) => ({ ...kill, ...whatCameOf(kill, ledger, finishedAt) })),
    statistics,
    requests: ledger.length,
    clientsReached: new Set(ledger.filter((entry) => entry.accepted).map((entry) => entry.body?.phone)).size,
    inexcusable: inexcusable(ledger, finishedAt, died),
    counterFaults: await faultsOfCounters(pool),
    durationMs: performance.now() - startedAt,
  };
}

/** As createMailing and the start of its expansion: a row, its counters, and the reconciler does the rest. */
async function createMailing(pool: pg.Pool): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `with born as (insert into mailing (text, starts_at, ends_at) values ($1, instant_now(), instant_now() + interval '1 day') returning id)
     insert into mailing_statistics (mailing_id) select id from born returning mailing_id::text as id`,
    [TEXT],
  );
  return rows[0]?.id ?? '';
}

async function describeDeath(pool: pg.Pool, name: string, killedAt: number, ledger: readonly StubEntry[]): Promise<Kill> {
  const at = await databaseNow(pool);
  const seenAt = Date.now();
  const requested = ledger.filter((entry) => senderOf(entry) === name);
  const { rows } = await pool.query<{ id: string }>(
    `select id::text as id from message where id = any($1::bigint[]) and status = 'PENDING'`,
    [requested.map((entry) => entry.msgId)],
  );
  const pending = new Set(rows.map((row) => row.id));
  const answered = requested
    .filter((entry) => pending.has(entry.msgId))
    .flatMap(({ answeredAt }) => (answeredAt === undefined ? [] : [answeredAt]));
  return { name, at, seenAt, unsettled: pending.size, oldestAnswerMs: answered.length === 0 ? null : killedAt - Math.min(...answered) };
}

async function readMailing(pool: pg.Pool, id: string): Promise<KillResult['statistics'] | false> {
  const { rows } = await pool.query<KillResult['statistics']>(
    `select m.status, s.total::int as total, s.sent::int as sent, s.pending::int as pending
     from mailing m join mailing_statistics s on s.mailing_id = m.id where m.id = $1`,
    [id],
  );
  const [row] = rows;
  return row !== undefined && row.status === 'COMPLETED' && row;
}

async function readFinishedAt(pool: pg.Pool, mailingId: string): Promise<ReadonlyMap<string, number | null>> {
  const { rows } = await pool.query<{ id: string; at: number | null }>(
    'select id::text as id, extract(epoch from finished_at)::float8 * 1000 as at from message where mailing_id = $1',
    [mailingId],
  );
  return new Map(rows.map((row) => [row.id, row.at]));
}

function whatCameOf(kill: Kill, ledger: readonly StubEntry[], finishedAt: ReadonlyMap<string, number | null>) {
  const unsettled = new Set(
    ledger.filter((entry) => senderOf(entry) === kill.name && (finishedAt.get(entry.msgId) ?? 0) > kill.at).map((entry) => entry.msgId),
  );
  const again = Map.groupBy(
    ledger.filter((entry) => entry.at > kill.seenAt && unsettled.has(entry.msgId)),
    (entry) => entry.msgId,
  );
  const firsts = [...again.values()].map((entries) => entries[0]?.at ?? 0);
  if (firsts.length === 0) return { repeated: 0, movedMs: null, recoveredMs: null };
  return { repeated: again.size, movedMs: Math.min(...firsts) - kill.seenAt, recoveredMs: Math.max(...firsts) - kill.seenAt };
}

/** mulberry32: the same seed, the same campaign. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

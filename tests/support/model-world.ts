// The world of the model-based test: a worker, the real mutations, a stub provider and a movable clock, with a memory of who was allowed what and
// when, against which the provider's ledger is held at the end.
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import { readConfig } from '../../src/config.ts';
import type { SendWindow } from '../../src/domain/send-window.ts';
import type { Operations } from '../../src/graphql/operations.ts';
import { startWorker } from '../../src/worker-role.ts';
import { faultsOfCounters } from './engine-seed.ts';
import { databaseNow, moveClock } from './movable-clock.ts';
import { openOperations, valueOf } from './operations.ts';
import { accept, answer, hang, raw, resetAfterAccepting } from './stub-behaviours.ts';
import type { Behaviour } from './stub-behaviours.ts';
import { startStubProvider } from './stub-provider.ts';
import type { StubEntry } from './stub-provider.ts';
import { createTestDatabase } from './test-database.ts';

export const providerModes = ['accept', 'error', 'refuse', 'hang', 'garbage', 'reset'] as const;
export type ProviderMode = (typeof providerModes)[number];

const behaviours = {
  accept: () => accept(),
  error: () => answer(500),
  refuse: () => answer(400),
  hang: () => hang(),
  garbage: () => raw('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n}{?!'),
  reset: () => resetAfterAccepting(),
} satisfies Record<ProviderMode, () => Behaviour>;

/** A change is obeyed within a second; the rest is the machine's own delay. */
const TOLERANCE_MS = 2_500;

interface Facts {
  readonly startsAt: number;
  readonly endsAt: number;
  readonly sendWindow: SendWindow | null;
}

/** What was so from an instant on, in the order of the instants: asked for at `at`, and surely so from `since` on. */
type History<T> = { readonly at: number; readonly since: number; readonly value: T }[];

interface ModelMailing {
  readonly id: string;
  /** Begins every text of it. */
  readonly mark: string;
  readonly facts: History<Facts>;
  retriedAt: number[];
}

export const zones = ['UTC', '+06:00', 'Asia/Tokyo', 'America/New_York'];

export type World = Awaited<ReturnType<typeof openWorld>>;

export async function openWorld(clients: number) {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const stub = await startStubProvider();
  stack.defer(async () => stub.close());
  const operations: Operations = stack.use(await openOperations(database.url));
  // Long enough for a busy machine not to look like a provider that hangs, or a worker that is lost.
  const config = readConfig({ PROVIDER_TIMEOUT_MS: '2000', PROVIDER_CONNECTIONS: '8', LEASE_SECONDS: '5', RECONCILE_SECONDS: '1' });
  if (!config.ok) throw new Error(config.faults.join());
  stack.use(await startWorker(config.config, database.url, stub.url, pino({ level: 'silent' })));

  const modes = new Map<string, ProviderMode>();
  let mode: ProviderMode = 'accept';
  stub.behave(({ msgId, attempt }) => {
    modes.set(`${msgId} ${attempt}`, mode);
    return behaviours[mode]();
  });
  const mailings: ModelMailing[] = [];
  const people: { readonly id: string; readonly phone: string; readonly zones: History<string> }[] = [];
  const offsets: History<number> = [{ at: 0, since: 0, value: 0 }];
  const seen = new Map<string, { readonly status: string; readonly mailingId: string }>();
  const faults: string[] = [];

  for (let index = 0; index < clients; index += 1) {
    const timeZone = zones[index % zones.length] ?? 'UTC';
    const client = valueOf(await operations.createClient({ phone: String(79_000_000_000 + index), timeZone }, null));
    people.push({ id: client.id, phone: client.phone, zones: [{ at: 0, since: 0, value: timeZone }] });
  }

  /** Final states stay, except by retryMessages and by the true outcome of a request that was in flight when its message was cancelled. */
  const look = async (): Promise<void> => {
    const { rows } = await database.pool.query<{ id: string; status: string; mailingId: string }>(
      'select id::text, status::text, mailing_id::text as "mailingId" from message',
    );
    for (const { id, status, mailingId } of rows) {
      const before = seen.get(id)?.status ?? 'PENDING';
      const retried = mailings.some((mailing) => mailing.id === mailingId && mailing.retriedAt.length > 0);
      const mayChange =
        before === 'PENDING' ||
        before === status ||
        (before === 'CANCELLED' && ['SENT', 'FAILED'].includes(status)) ||
        (['FAILED', 'UNCONFIRMED'].includes(before) && retried);
      if (!mayChange) faults.push(`message ${id} went from ${before} to ${status}`);
      seen.set(id, { status, mailingId });
    }
  };

  const jump = async (ms: number): Promise<void> => {
    const at = Date.now();
    await moveClock(database.pool, ms);
    offsets.push({ at, since: Date.now(), value: (offsets.at(-1)?.value ?? 0) + ms });
  };

  const parts = stack.move();
  return {
    operations,
    mailings,
    people,
    look,
    now: async () => databaseNow(database.pool),
    setMode: (next: ProviderMode) => {
      mode = next;
    },
    moveClock: jump,
    /**
     * Everything is allowed to come to its end: the provider is well, nothing is paused, and the clock passes the last end. A deleted
     * mailing has to be gone: its messages go before its counters, which nobody can read any more.
     */
    settleDown: async (): Promise<void> => {
      mode = 'accept';
      for (const { id } of mailings) await operations.resumeMailing(id);
      for (let round = 0; round < 120; round += 1) {
        const { rows } = await database.pool.query<{ open: number }>(
          `select count(*)::int as open from mailing m join mailing_statistics s on s.mailing_id = m.id
           where m.deleted_at is not null or m.finished_at is null or s.pending > 0`,
        );
        if (rows[0]?.open === 0) return;
        await jump(600_000);
        await delay(700);
        await look();
      }
      faults.push('mailings were still open long after their end');
    },
    /** Every broken promise in words. */
    verdict: async (): Promise<string[]> => {
      await look();
      const { rows } = await database.pool.query<{ id: string; status: string }>('select id::text, status::text from message');
      const sent = new Set(rows.filter(({ status }) => status === 'SENT').map(({ id }) => id));
      const accepted = new Set(stub.accepted().map(({ msgId }) => msgId));
      return [
        ...faults,
        ...(await faultsOfCounters(database.pool)),
        ...rows.filter(({ status }) => status === 'PENDING').map(({ id }) => `message ${id} is pending after the end`),
        ...[...sent].filter((id) => !accepted.has(id)).map((id) => `message ${id} is SENT, and the provider never took it`),
        ...stub.ledger.flatMap((entry) => faultsOfRequest(entry)),
        ...faultsOfIds(stub.ledger),
        ...faultsOfRepeats(stub.byMessage()),
      ];
    },
    requests: () => stub.ledger.length,
    [Symbol.asyncDispose]: async () => parts.disposeAsync(),
  };

  /** Permitted by something that was so within the tolerance before the request: its mailing's hours, its client's hours, the clock. */
  function faultsOfRequest(entry: StubEntry): string[] {
    const mailing = mailings.find(({ mark }) => entry.body?.text.startsWith(mark));
    const person = people.find(({ phone }) => phone === entry.body?.phone);
    if (mailing === undefined || person === undefined || entry.faults.length > 0)
      return [`a request that nobody asked for: ${entry.rawBody}`];
    // Worker, provider and people are one process: it may have stood still before it read the request.
    const permitted = [entry.at, entry.since].some((instant) =>
      during(mailing.facts, instant).some((facts) =>
        during(person.zones, instant).some((zone) =>
          during(offsets, instant).some((offset) => {
            const at = instant + offset;
            return at >= facts.startsAt - 50 && at < facts.endsAt && isOpen(facts.sendWindow, zone, at);
          }),
        ),
      ),
    );
    return permitted
      ? []
      : [`message ${entry.msgId} of ${mailing.mark} was asked at ${new Date(entry.at).toISOString()}, outside its hours`];
  }

  /** Once, unless the answer before was no clear one, or a person asked for it again, or the clock jumped over the lease. */
  function faultsOfRepeats(byMessage: ReadonlyMap<string, readonly StubEntry[]>): string[] {
    return [...byMessage].flatMap(([msgId, entries]) =>
      entries.slice(1).flatMap((entry, index) => {
        const before = entries[index] ?? entry;
        const how = modes.get(`${msgId} ${before.attempt}`);
        const mailing = mailings.find(({ mark }) => entry.body?.text.startsWith(mark));
        const jumped = offsets.some(({ at }) => at > 0 && Math.abs(at - before.at) < TOLERANCE_MS);
        const again = how === 'refuse' && (mailing?.retriedAt.some((at) => at <= entry.at) ?? false);
        return (how !== 'accept' && how !== 'refuse') || again || jumped ? [] : [`message ${msgId} was asked again after ${how}`];
      }),
    );
  }
}

function faultsOfIds(ledger: readonly StubEntry[]): string[] {
  const ids = new Map<string, string>();
  return ledger.flatMap(({ body, msgId }) => {
    const key = `${body?.text.split(' ', 1)[0]} ${body?.phone}`;
    const known = ids.get(key) ?? msgId;
    ids.set(key, known);
    return known === msgId ? [] : [`${key} has two messages: ${known} and ${msgId}`];
  });
}

/** What was so at some instant of the tolerance before `at`. */
function during<T>(history: History<T>, at: number): T[] {
  return history
    .filter((entry, index) => entry.at <= at && (history[index + 1]?.since ?? Infinity) >= at - TOLERANCE_MS)
    .map(({ value }) => value);
}

/** By the runtime's own calendar, not by the code under test; to the minute. */
function isOpen(window: SendWindow | null, zone: string, at: number): boolean {
  if (window === null) return true;
  const timeZone = zone;
  const time = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at);
  return window.from < window.to ? time >= window.from && time < window.to : time >= window.from || time < window.to;
}

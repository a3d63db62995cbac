// Live pages as they are served: a mailing, a client, lists of both, the provider, over real WebSockets, with the changes of people, of workers, of the
// clock, and of a database that goes away. Nobody sends here: what a worker would write, the test writes.
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import pino from 'pino';
import { startApi } from '../../src/api-role.ts';
import type { ApiRole } from '../../src/api-role.ts';
import { readConfig } from '../../src/config.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import type { DatabaseProxy } from '../support/database-proxy.ts';
import { addBatch, addMailing, clearEngine, given } from '../support/engine-seed.ts';
import { postGraphql, subscribeTo } from '../support/graphql-client.ts';
import type { TestSubscription } from '../support/graphql-client.ts';
import { resetGate } from '../support/gate.ts';
import { moveClock, resetClock } from '../support/movable-clock.ts';
import { endMailing, settle } from '../support/samples.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

// A page that took long to read is not read again for nine times as long, ten seconds at most.
vi.setConfig({ testTimeout: 180_000 });

let db: TestDatabase;
let proxy: DatabaseProxy;
let api: ApiRole;
let other: ApiRole;
const logLines: Record<string, unknown>[] = [];
const log = pino({ level: 'info' }, { write: (line: string) => logLines.push(JSON.parse(line)) });
const start = async (databaseUrl: string): Promise<ApiRole> => {
  const read = readConfig({ AUTH: 'none', PORT: '0', ROLE: 'api', DATABASE_URL: databaseUrl });
  if (!read.ok) throw new Error(read.faults.join('\n'));
  return startApi(read.config, databaseUrl, log);
};
beforeAll(async () => {
  db = await createTestDatabase();
  proxy = await startDatabaseProxy(db.url);
  [api, other] = [await start(proxy.url), await start(db.url)];
});
beforeEach(async () => {
  await clearEngine(db.pool);
  await resetGate(db.pool);
  await resetClock(db.pool);
  logLines.length = 0;
});
afterAll(async () => {
  await Promise.all([api[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
  await proxy[Symbol.asyncDispose]();
  await db.drop();
});

const hour = 3_600_000;
/** By the other process: what it changes is heard of through the database. */
const change = async <Data = unknown>(mutation: string): Promise<Data> => {
  const { data, errors } = await postGraphql<Data>(other.at.url, `mutation { ${mutation} }`);
  expect(errors).toBeUndefined();
  return data;
};

interface Page {
  readonly mailing: {
    readonly status: string;
    readonly text: string;
    readonly statistics: { readonly sent: number; readonly pending: number };
    readonly timeZones: readonly { readonly timeZone: string; readonly isOpen: boolean; readonly pending: number }[];
    readonly history: readonly { readonly sent: number }[];
    readonly errors: readonly { readonly code: string }[];
    readonly events: { readonly nodes: readonly { readonly kind: string }[] };
  };
}
const watchMailing = (id: string): TestSubscription<Page> =>
  subscribeTo<Page>(
    api.at.url,
    `subscription ($id: ID!) { mailing(id: $id) {
      status text statistics { sent pending } timeZones { timeZone isOpen pending } history(points: 5) { sent } errors { code } events { nodes { kind } } } }`,
    { id },
  );
const running = async (size = 10): Promise<string> => {
  const id = await addMailing(db.pool, { endsInMs: 2 * hour });
  await addBatch(db.pool, id, { size, closeInMs: 2 * hour });
  return id;
};

describe('a mailing', () => {
  test('comes at once, whole, then after every change that somebody makes, and completes when it is deleted', async () => {
    const id = await running();
    await using page = watchMailing(id);
    const first = await page.until(() => true);
    expect(first.mailing).toMatchObject({ status: 'RUNNING', statistics: { sent: 0, pending: 10 }, errors: [], events: { nodes: [] } });
    expect(first.mailing.timeZones).toEqual([{ timeZone: 'UTC', isOpen: true, pending: 10 }]);

    await change(`pauseMailing(id: "${id}") { mailing { id } }`);
    await page.until(({ mailing }) => mailing.status === 'PAUSED' && mailing.events.nodes[0]?.kind === 'PAUSED');
    await change(`updateMailing(id: "${id}", input: { text: "Better" }) { mailing { id } }`);
    await page.until(({ mailing }) => mailing.text === 'Better' && mailing.events.nodes[0]?.kind === 'EDITED');
    await change(`deleteMailing(id: "${id}") { deletedId }`);
    const results = await page.completed();
    expect(results.filter(({ errors }) => errors !== undefined)).toEqual([]);
  });

  test('follows its counters although no notice comes, ends with its final state, and never goes back', async () => {
    const id = await running(40);
    await using page = watchMailing(id);
    await page.until(() => true);
    for (const sent of [10, 20, 30]) {
      await settle(db.pool, id, { sent: 10 });
      await page.until(({ mailing }) => mailing.statistics.sent === sent);
    }
    await settle(db.pool, id, { sent: 10 });
    await db.pool.query('delete from batch');
    await endMailing(db.pool, id, 'COMPLETED');
    const states = (await page.completed()).map(({ data }) => data.mailing);
    expect(states.at(-1)).toMatchObject({ status: 'COMPLETED', statistics: { sent: 40, pending: 0 }, timeZones: [] });
    expect(states.at(-1)?.history.at(-1)).toEqual({ sent: 40 });
    const sent = states.map(({ statistics }) => statistics.sent);
    expect(sent).toEqual(sent.toSorted((a, b) => a - b));
    const texts = states.map((state) => JSON.stringify(state));
    expect(texts).toEqual([...new Set(texts)]);
  });

  test('that is over comes once, and completes', async () => {
    const id = await addMailing(db.pool, { status: 'COMPLETED' });
    await using page = watchMailing(id);
    expect(await page.completed()).toMatchObject([{ data: { mailing: { status: 'COMPLETED' } } }]);
  });

  test.each(['999999999', '0', 'x', '9223372036854775808'])('of the unknown id %s is NOT_FOUND', async (id) => {
    await using page = watchMailing(id);
    await expect(page.completed()).rejects.toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
  });

  test('tells that its hours have come, although nothing was written', async () => {
    const at = new Date((await db.pool.query<{ now: Date }>('select instant_now() as now')).rows[0]?.now ?? 0).getTime();
    const opens = new Date(at + hour).toISOString().slice(11, 16);
    const closes = new Date(at + 2 * hour).toISOString().slice(11, 16);
    const id = await addMailing(db.pool, { status: 'PAUSED', window: [opens, closes], endsInMs: 3 * hour });
    await addBatch(db.pool, id, { size: 1, dueInMs: hour, closeInMs: 2 * hour });
    await using page = watchMailing(id);
    await page.until(({ mailing }) => mailing.timeZones[0]?.isOpen === false);
    await moveClock(db.pool, hour);
    const { mailing } = await page.until((state) => state.mailing.timeZones[0]?.isOpen === true);
    expect(mailing).toMatchObject({ status: 'PAUSED', statistics: { pending: 1 } });
  });

  test('says what somebody looks at who comes later', async () => {
    const id = await running();
    await using first = watchMailing(id);
    await first.until(() => true);
    await settle(db.pool, id, { sent: 3 });
    await first.until(({ mailing }) => mailing.statistics.sent === 3);
    await using second = watchMailing(id);
    expect((await second.until(() => true)).mailing.statistics.sent).toBe(3);
  });
});

interface List {
  readonly mailings: { readonly totalCount: number; readonly nodes: readonly { readonly id: string; readonly status: string }[] };
}
const watchList = (args: string): TestSubscription<List> =>
  subscribeTo<List>(api.at.url, `subscription { mailings(${args}) { totalCount nodes { id status text statistics { sent } } } }`);

describe('a page of mailings', () => {
  test('comes at once, then after every creation, change and deletion that shows on it', async () => {
    await using page = watchList('first: 2');
    await page.until(({ mailings }) => mailings.totalCount === 0);
    const period = 'startsAt: "2097-01-01T00:00:00Z", endsAt: "2098-01-01T00:00:00Z"';
    const created = await change<{ createMailing: { mailing: { id: string } } }>(
      `createMailing(input: { text: "New", ${period} }) { mailing { id } }`,
    );
    const id = given(created.createMailing).mailing.id;
    await page.until(({ mailings }) => mailings.nodes[0]?.id === id);
    await change(`cancelMailing(id: "${id}") { mailing { id } }`);
    await page.until(({ mailings }) => mailings.nodes[0]?.status === 'CANCELLED');
    await change(`deleteMailing(id: "${id}") { deletedId }`);
    const emptyAgain = (results: readonly { readonly data: List }[]): boolean => results.at(-1)?.data.mailings.totalCount === 0;
    await expect.poll(() => emptyAgain(page.results), { timeout: 60_000 }).toBe(true);
  });

  test('follows the counters of what is on it, and is not told of what is not', async () => {
    const [shown, hidden] = [await running(), await addMailing(db.pool, { status: 'PAUSED' })];
    await using page = watchList('where: { statuses: [RUNNING] }');
    await page.until(({ mailings }) => mailings.nodes.length === 1);
    await settle(db.pool, hidden, {});
    await change(`updateMailing(id: "${hidden}", input: { text: "Unseen" }) { mailing { id } }`);
    await settle(db.pool, shown, { sent: 4 });
    await page.until(({ mailings }) => JSON.stringify(mailings.nodes).includes('"sent":4'));
    expect(page.results).toHaveLength(2);
  });

  test.each([
    ['first: 0', 'first: must be from 1 to 100'],
    ['first: 101', 'first: must be from 1 to 100'],
    ['after: "x"', 'after: is not a cursor of this list in this order'],
  ])('of %s is refused', async (args, message) => {
    await using page = watchList(args);
    await expect(page.completed()).rejects.toMatchObject({ errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }] });
  });
});

interface LiveClient {
  readonly client: { readonly id: string; readonly tag: string | null; readonly optedOutAt: string | null };
}
interface Directory {
  readonly clients: { readonly nodes: readonly { readonly phone: string; readonly tag: string | null }[] };
}
const addClient = async (phone: string): Promise<string> =>
  given(
    (
      await change<{ createClient: { client: { id: string } } }>(
        `createClient(input: { phone: "${phone}", timeZone: "UTC" }) { client { id } }`,
      )
    ).createClient,
  ).client.id;

describe('a client', () => {
  test('comes at once, then after every change that somebody makes, and completes when it is deleted', async () => {
    const id = await addClient('79000000101');
    await using page = subscribeTo<LiveClient>(api.at.url, 'subscription ($id: ID!) { client(id: $id) { id tag optedOutAt } }', { id });
    expect(await page.until(() => true)).toEqual({ client: { id, tag: null, optedOutAt: null } });
    await change(`updateClient(id: "${id}", input: { tag: "gold" }) { client { id } }`);
    await page.until(({ client }) => client.tag === 'gold');
    await change(`importClients(clients: [{ phone: "79000000101", tag: "silver", timeZone: "UTC" }]) { updated }`);
    await page.until(({ client }) => client.tag === 'silver');
    await change(`updateClient(id: "${id}", input: { optedOut: true }) { client { id } }`);
    await page.until(({ client }) => client.optedOutAt !== null);
    await change(`deleteClient(id: "${id}") { deletedId }`);
    await page.completed();
  });

  test.each(['1234567', 'nonsense'])('that is not there, %s, is NOT_FOUND', async (id) => {
    await using page = subscribeTo<LiveClient>(api.at.url, 'subscription ($id: ID!) { client(id: $id) { id } }', { id });
    await expect(page.completed()).rejects.toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
  });
});

describe('a page of clients', () => {
  const tagsOf = ({ clients }: Directory): readonly (string | null)[] => clients.nodes.map(({ tag }) => tag);
  const watchClients = (args: string): TestSubscription<Directory> =>
    subscribeTo<Directory>(api.at.url, `subscription { clients(${args}) { nodes { phone tag } } }`);

  test('comes at once, then after every change that shows on it, and is not told of others', async () => {
    await using page = watchClients('first: 2, where: { phonePrefix: "790000002" }');
    await page.until(({ clients }) => clients.nodes.length === 0);
    const id = await addClient('79000000201');
    await page.until(({ clients }) => clients.nodes.length === 1);
    await addClient('79000000301');
    await change(`updateClient(id: "${id}", input: { tag: "seen" }) { client { id } }`);
    await page.until((state) => tagsOf(state).includes('seen'));
    await change(`deleteClient(id: "${id}") { deletedId }`);
    await expect.poll(() => page.results.at(-1)?.data.clients.nodes.length, { timeout: 60_000 }).toBe(0);
    expect(page.results).toHaveLength(4);
  });

  test('shows what was changed without a notice', async () => {
    const id = await addClient('79000000401');
    await using page = watchClients('where: { phone: "79000000401" }');
    await page.until(({ clients }) => clients.nodes.length === 1);
    await db.pool.query("update client set tag = 'quietly', version = version + 1 where id = $1", [id]);
    // PostgreSQL tells what it counted within ten seconds.
    const told = await page.until((state) => tagsOf(state).includes('quietly'), 90_000);
    expect(tagsOf(told)).toEqual(['quietly']);
  });

  test('that is none is refused', async () => {
    await using page = watchClients('after: "x"');
    const message = 'after: is not a cursor of this list in this order';
    await expect(page.completed()).rejects.toMatchObject({ errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }] });
  });
});

interface Gate {
  readonly provider: { readonly status: string; readonly reason: string | null; readonly until: string | null };
}

test('the provider comes at once, and with every change of its gate, also one that time alone makes', async () => {
  await using page = subscribeTo<Gate>(api.at.url, 'subscription { provider { status reason until ratePerSecond } }');
  expect(await page.until(() => true)).toEqual({ provider: { status: 'AVAILABLE', reason: null, until: null, ratePerSecond: null } });
  await db.pool.query(
    `update provider_gate set state = 'CLOSED', reason = 'down', blocked_until = instant_now() + interval '1 hour', version = version + 1`,
  );
  await page.until(({ provider }) => provider.status === 'UNAVAILABLE' && provider.reason === 'down' && provider.until !== null);
  await moveClock(db.pool, hour);
  await page.until(({ provider }) => provider.status === 'PROBING');
});

test('a database that goes away ends no page: each keeps what it has, and catches up', async () => {
  const id = await running(50);
  await using mailing = watchMailing(id);
  await using list = watchList('first: 5');
  await using provider = subscribeTo<Gate>(api.at.url, 'subscription { provider { status } }');
  await Promise.all([mailing.until(() => true), list.until(() => true), provider.until(() => true)]);
  proxy.refuse();
  await settle(db.pool, id, { sent: 5 });
  const outages = (): number => logLines.filter(({ msg }) => msg === 'live states cannot be read: trying again until they can').length;
  // Without notices it is found by the poll, which comes once a second.
  await expect.poll(outages, { timeout: 60_000 }).toBe(1);
  proxy.accept();
  await mailing.until((page) => page.mailing.statistics.sent === 5);
  await list.until(({ mailings }) => JSON.stringify(mailings.nodes).includes('"sent":5'));
  await endMailing(db.pool, await running(0), 'COMPLETED');
  await settle(db.pool, id, { sent: 1 });
  await mailing.until((page) => page.mailing.statistics.sent === 6);
  for (const { results } of [mailing, list, provider]) expect(results.filter(({ errors }) => errors !== undefined)).toEqual([]);
});

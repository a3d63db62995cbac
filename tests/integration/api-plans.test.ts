// The plans of the list and count queries on 100,000 clients and messages: through an index, whether PostgreSQL knows the parameters
// (custom plan) or not (the generic plan that prepared statements may be given).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Sql } from '../../src/database/database.ts';
import { readClientMarks, readClientsMark, readMailingMarks, readMailingsMark } from '../../src/database/mark-queries.ts';
import { openGraphqlApi } from '../support/graphql-api.ts';
import type { GraphqlApi } from '../support/graphql-api.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let api: GraphqlApi;
const watched = (sql: Sql): Sql => ({
  rows: async (text, values = []) => {
    asked.push({ text, values });
    return sql.rows(text, values);
  },
});
const asked: { text: string; values: readonly unknown[] }[] = [];

beforeAll(async () => {
  db = await createTestDatabase();
  // 1 to 10 are the large mailings, the others have a message or none; every 100th message failed. Opted out: few.
  await db.pool.query(`
    insert into client (phone, operator_code, tag, time_zone, created_at, opted_out_at)
      select 79000000000 + n, (900 + n % 100)::text, case when n % 5 = 0 then 'tag' || n % 1000 end, (array['Europe/Moscow', 'Asia/Omsk', '+03:00'])[n % 3 + 1],
        timestamptz '2026-01-01Z' + n * interval '1 second', case when n % 1000 = 0 then instant_now() end
      from generate_series(1, 100000) n;
    insert into mailing (text, starts_at, ends_at, status, started_at, finished_at, expansion_ceiling, expanded_at, created_at)
      select 'text', timestamptz '2026-01-01Z' + n * interval '1 minute', timestamptz '2099-01-01Z' + n * interval '1 minute', s.status, instant_now(),
        case when s.status = 'COMPLETED' then instant_now() end, 0, instant_now(), timestamptz '2026-01-01Z' + n * interval '1 second'
      from generate_series(1, 20000) n, lateral (select case when n % 50 = 0 then 'RUNNING' else 'COMPLETED' end::mailing_status as status) s;
    insert into mailing_statistics (mailing_id, total, sent, failed)
      select id, case when id <= 10 then 10000 else 0 end, case when id <= 10 then 9900 else 0 end, case when id <= 10 then 100 else 0 end from mailing;
    insert into mailing_event (mailing_id, kind) select id, k from mailing, unnest('{CREATED,STARTED,COMPLETED}'::mailing_event_kind[]) k order by k, id;
    insert into message (mailing_id, client_id, status, finished_at, attempts, error_code)
      select n % 10 + 1, n, s.status, instant_now(), 1, case when s.status = 'FAILED' then case when n % 3 = 0 then 'REJECTED' else 'TIMEOUT' end end
      from generate_series(1, 100000) n, lateral (select case when n / 10 % 100 = 0 then 'FAILED' else 'SENT' end::message_status as status) s;
    insert into message_attempt (message_id, mailing_id, attempt, outcome, code, message, latency_ms)
      select n, n % 10 + 1, 1, 'retry', 'TIMEOUT', 'words', 1 from generate_series(1, 100000) n;
    insert into batch (mailing_id, time_zone, due_at, close_at, pending) select n % 10 + 1, 'UTC', instant_now(), 'infinity', 0 from generate_series(1, 50000) n`);
  await db.pool.query(`
    insert into mailing_sample (mailing_id, at, total, pending, sent, failed, expired, cancelled, unconfirmed, version)
      select n % 50 + 1, instant_now() + n * interval '1 second', 0, 0, 0, 0, 0, 0, 0, n from generate_series(1, 100000) n;
    insert into sending_sample (at, seconds, messages) select instant_now() - n * interval '2 seconds', 2, 0 from generate_series(1, 1800) n`);
  await db.pool.query(
    'vacuum analyze mailing_sample, sending_sample, client, mailing, mailing_statistics, mailing_event, message, message_attempt, batch',
  );
  api = await openGraphqlApi({
    url: db.url,
    intercept: watched,
  });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await db.drop();
});

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

interface Usage {
  readonly indexes: ReadonlySet<string>;
  /** Of these, the indexes that answer without the table. */
  readonly indexOnly: ReadonlySet<string>;
  readonly scannedWhole: ReadonlySet<string>;
}

/** What the statements of one document use, by the custom and by the generic plan. */
async function usagesOf(document: string): Promise<Usage[]> {
  return planned(async () => {
    const { errors } = await api.ask(document);
    expect(errors).toEqual([]);
  });
}

async function planned(ask: (sql: Sql) => Promise<unknown>): Promise<Usage[]> {
  asked.length = 0;
  await ask(watched(api.database));
  const plans = asked.map(async ({ text, values }) => {
    const custom = await db.pool.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>({
      text: `explain (format json) ${text}`,
      values: [...values],
    });
    const generic = await db.pool.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(`explain (format json, generic_plan) ${text}`);
    return [custom, generic].map(({ rows }) => toUsage(rows[0]?.['QUERY PLAN'][0].Plan));
  });
  return (await Promise.all(plans)).flat();
}

function toUsage(plan: PlanNode | undefined): Usage {
  const indexes = new Set<string>();
  const indexOnly = new Set<string>();
  const scannedWhole = new Set<string>();
  const visit = (node: PlanNode): void => {
    if (node['Index Name'] !== undefined) indexes.add(node['Index Name']);
    if (node['Node Type'] === 'Index Only Scan') indexOnly.add(node['Index Name'] ?? '?');
    if (node['Node Type'] === 'Seq Scan') scannedWhole.add(node['Relation Name'] ?? '?');
    node.Plans?.forEach(visit);
  };
  if (plan !== undefined) visit(plan);
  return { indexes, indexOnly, scannedWhole };
}

/** At most 16 rows for each time zone; and batches, of which a million messages have some 2,000. */
const mayBeScanned = ['client_zone_counter', 'batch'];

const nodes = 'nodes { id } pageInfo { hasNextPage endCursor }';

describe.each([
  ['clients, newest first', `clients { ${nodes} }`, 'client_created'],
  ['clients, oldest first', `clients(first: 100, orderBy: CREATED_AT_ASC) { ${nodes} }`, 'client_created'],
  ['clients of an operator', `clients(where: { operatorCodes: ["917"] }) { ${nodes} totalCount }`, 'client_'],
  ['clients with a rare tag', `clients(where: { tags: ["tag5"] }) { ${nodes} totalCount }`, 'client_'],
  [
    'clients of an operator with a tag',
    `clients(where: { operatorCodes: ["905", "910"], tags: ["tag5", "tag10"] }) { ${nodes} totalCount }`,
    'client_audience',
  ],
  ['clients of a zone', `clients(where: { timeZones: ["+03:00"] }) { ${nodes} }`, 'client_'],
  ['the client with a phone', `clients(where: { phone: "79000000005" }) { ${nodes} totalCount }`, 'client_phone_unique'],
  [
    'clients by the beginning of their phone',
    `clients(where: { phonePrefix: "+7 900 000-10" }) { ${nodes} totalCount }`,
    'client_phone_unique',
  ],
  ['mailings that end before', `mailings(where: { endsBefore: "2099-01-01T00:50:00Z" }) { ${nodes} totalCount }`, 'mailing_'],
  [
    'mailings of a status in a span of time',
    `mailings(where: { statuses: [RUNNING], startsBefore: "2026-01-03T00:00:00Z", endsAfter: "2026-01-02T00:00:00Z" }) { ${nodes} totalCount }`,
    'mailing_',
  ],
  ['mailings, newest first', `mailings { ${nodes} }`, 'mailing_created'],
  ['mailings by start', `mailings(orderBy: STARTS_AT_ASC) { ${nodes} }`, 'mailing_starts'],
  ['mailings of a status', `mailings(where: { statuses: [RUNNING] }) { ${nodes} totalCount }`, 'mailing_status_created'],
  ['mailings with statistics', `mailings(first: 100) { nodes { id statistics { sent } } }`, 'mailing_statistics_pkey'],
  ['mailings with histories', `mailings(first: 50) { nodes { events { ${nodes} totalCount } } }`, 'mailing_event_mailing'],
  ['messages', `messages { ${nodes} }`, 'message_pkey'],
  ['messages of a mailing', `messages(where: { mailingId: "3" }) { ${nodes} totalCount }`, 'message_mailing'],
  ['messages of a mailing in a status', `messages(where: { mailingId: "3", statuses: [SENT] }) { ${nodes} totalCount }`, 'message_mailing'],
  ['failed messages of a mailing', `messages(where: { mailingId: "3", statuses: [FAILED] }) { ${nodes} }`, 'message_problem'],
  [
    'failed and unconfirmed messages of a mailing',
    `messages(where: { mailingId: "3", statuses: [FAILED, UNCONFIRMED] }) { ${nodes} }`,
    'message_problem',
  ],
  [
    'messages of a mailing by error code',
    `messages(where: { mailingId: "3", errorCodes: ["REJECTED", "TIMEOUT"] }) { ${nodes} totalCount }`,
    'message_problem_code',
  ],
  ['progress of mailings', `mailings(first: 50, where: { statuses: [RUNNING] }) { nodes { progress { estimatedEndAt } } }`, 'mailing_pkey'],
  ['errors of mailings', `mailings(first: 50) { nodes { errors { code messages } } }`, 'message_problem_code'],
  ['attempts of messages', `messages(first: 50) { nodes { attemptLog { code } } }`, 'message_attempt_message'],
  ['messages of a client', `messages(where: { clientId: "77" }) { ${nodes} totalCount }`, 'message_client_mailing_unique'],
  [
    'the message of a client in a mailing',
    `messages(where: { clientId: "77", mailingId: "8" }) { ${nodes} totalCount }`,
    'message_client_mailing_unique',
  ],
  ['messages of mailings', `mailings(first: 50) { nodes { messages { ${nodes} totalCount } } }`, 'message_mailing'],
  [
    'failed messages of mailings',
    `mailings(first: 50) { nodes { messages(where: { statuses: [FAILED] }) { ${nodes} totalCount } } }`,
    'message_problem',
  ],
  ['messages of clients', `clients(first: 50) { nodes { messages { ${nodes} totalCount } } }`, 'message_client_mailing_unique'],
  ['messages with mailing and client', `messages(first: 50) { nodes { mailing { text } client { phone } } }`, 'client_pkey'],
])('%s', (_, field, index) => {
  test('on the first page and on the second use the index and scan no table', async () => {
    const usages = await usagesOf(`{ ${field} }`);
    const [list = '', args] = /^(\w+)(?:\(([^)]*)\))?/.exec(field)?.slice(1) ?? [];
    const cursor = (await api.ask(`{ ${list}${args ? `(${args})` : ''} { pageInfo { endCursor } } }`)).data[list].pageInfo.endCursor;
    const rest = field.slice(field.indexOf(' {', args ? field.indexOf(')') : 0));
    usages.push(...(await usagesOf(`{ ${list}(after: "${cursor}"${args ? `, ${args}` : ''})${rest} }`)));
    expect(usages.length).toBeGreaterThanOrEqual(4);
    for (const usage of usages) expect([...usage.scannedWhole].filter((table) => !mayBeScanned.includes(table))).toEqual([]);
    expect([...new Set(usages.flatMap((usage) => [...usage.indexes]))].filter((name) => name.startsWith(index))).not.toEqual([]);
  });
});

describe.each([
  ['of operators', 'filter: { operatorCodes: ["917", "918"] },', 'client_audience'],
  ['of a tag', 'filter: { tags: ["tag5"] },', 'client_tag'],
  ['of both', 'filter: { operatorCodes: ["905", "910"], tags: ["tag5", "tag10"] },', 'client_audience'],
])('the dry run %s', (_, filter, index) => {
  test('reads an index and not the clients', async () => {
    const input = `{ ${filter} startsAt: "2097-01-01T00:00:00Z", endsAt: "2098-01-01T00:00:00Z" }`;
    const usages = await usagesOf(`{ audience(input: ${input}) { matching timeZones { clients } } }`);
    for (const { scannedWhole } of usages) expect([...scannedWhole]).toEqual([]);
    const [custom] = usages.filter(({ indexes }) => indexes.size > 0);
    expect([...(custom?.indexOnly ?? [])]).toEqual([expect.stringMatching(index)]);
    expect(custom?.indexOnly).toEqual(custom?.indexes);
  });
});

test('the dry run of everybody reads the counters by zone, and no client', async () => {
  const input = '{ startsAt: "2097-01-01T00:00:00Z", endsAt: "2098-01-01T00:00:00Z" }';
  const usages = await usagesOf(`{ audience(input: ${input}) { matching timeZones { clients } } }`);
  expect(usages.flatMap(({ scannedWhole }) => [...scannedWhole])).toContain('client_zone_counter');
  for (const { scannedWhole, indexes } of usages) {
    expect([...scannedWhole].filter((table) => table !== 'client_zone_counter')).toEqual([]);
    expect([...indexes]).toEqual([]);
  }
});

test('histories come from the samples of their mailings, and the history of sending from the last of its own', async () => {
  for (const usage of await usagesOf('{ mailings(first: 20) { nodes { history(points: 50) { at sent } } } }')) {
    expect([...usage.scannedWhole]).toEqual([]);
  }
  const usages = await usagesOf('{ mailing(id: 7) { history { at sent } } }');
  expect(usages.filter(({ indexes }) => indexes.has('mailing_sample_pkey'))).toHaveLength(2);
  for (const { scannedWhole } of usages) expect([...scannedWhole]).toEqual([]);
  for (const usage of await usagesOf('{ sendingHistory(minutes: 1) { at } }')) expect([...usage.indexes]).toEqual(['sending_sample_pkey']);
});

test('the marks of pages are read by index: of mailings and clients by their keys, of the lists without a look at those that are over', async () => {
  for (const usage of await planned(async (sql) => readMailingMarks(sql, ['5', '6', '777']))) {
    expect([...usage.scannedWhole]).toEqual([]);
    expect([...usage.indexes].toSorted()).toEqual(['mailing_pkey', 'mailing_statistics_pkey']);
  }
  for (const { scannedWhole, indexes, indexOnly } of await planned(readMailingsMark)) {
    expect([...scannedWhole]).toEqual(['batch']);
    expect([...indexes]).toEqual(expect.arrayContaining(['mailing_event_pkey', 'mailing_unfinished', 'mailing_pkey']));
    expect([...indexOnly].filter((name) => name.startsWith('mailing_'))).not.toEqual([]);
  }
  for (const usage of await planned(async (sql) => readClientMarks(sql, ['5', '6']))) {
    expect([...usage.scannedWhole]).toEqual([]);
    expect([...usage.indexes]).toEqual(['client_pkey']);
  }
  for (const usage of await planned(readClientsMark)) expect([...usage.scannedWhole, ...usage.indexes]).toEqual([]);
});

test('messages of all mailings by error code come from the index of codes', async () => {
  const page = await usagesOf(`{ messages(where: { errorCodes: ["REJECTED"] }) { ${nodes} } }`);
  for (const usage of page) expect([...usage.indexes]).toContain('message_code');
  const count = await usagesOf(`{ messages(where: { errorCodes: ["REJECTED"] }) { totalCount } }`);
  for (const usage of count) expect([...usage.indexes]).toContain('message_problem_code');
  const usages = [...page, ...count];
  for (const usage of usages) expect([...usage.scannedWhole]).not.toContain('message');
});

test('failed messages of all mailings come from the index of failures', async () => {
  const usages = await usagesOf(`{ messages(where: { statuses: [FAILED] }) { ${nodes} } }`);
  for (const usage of usages) expect([...usage.indexes]).toContain('message_problem');
  for (const usage of usages) expect([...usage.scannedWhole]).not.toContain('message');
});

describe('what is rare in a large mailing', () => {
  // Of 10,000 messages, the oldest five of each status: those that a walk from the newest would meet last.
  beforeAll(async () => {
    await db.pool.query(`
      with b as (insert into batch (mailing_id, time_zone, due_at, close_at, pending) values (5, 'UTC', instant_now(), 'infinity', 5) returning id),
      chosen as (
        select id, (array['PENDING', 'UNCONFIRMED', 'EXPIRED', 'CANCELLED'])[(row_number() over (order by id) - 1) % 4 + 1]::message_status as status
        from message where mailing_id = 5 and status = 'SENT' order by id limit 20
      )
      update message g set status = c.status, finished_at = case when c.status <> 'PENDING' then instant_now() end, phone = 79000000000, batch_id = b.id,
        error_code = case when c.status = 'EXPIRED' then 'TIMEOUT' end
      from chosen c, b where g.id = c.id;
      update mailing_statistics set sent = sent - 20, pending = 5, unconfirmed = 5, expired = 5, cancelled = 5 where mailing_id = 5`);
    await db.pool.query('vacuum analyze message, batch, mailing_statistics');
  });

  test.each([
    ['PENDING', 'mailingId: "5", statuses: [PENDING]', 5],
    ['UNCONFIRMED', 'mailingId: "5", statuses: [UNCONFIRMED]', 5],
    ['EXPIRED with an error', 'mailingId: "5", statuses: [EXPIRED], errorCodes: ["TIMEOUT"]', 5],
    ['PENDING, FAILED and UNCONFIRMED', 'mailingId: "5", statuses: [PENDING, UNCONFIRMED, FAILED]', 110],
    ['PENDING, in all mailings', 'statuses: [PENDING]', 5],
    ['UNCONFIRMED, in all mailings', 'statuses: [UNCONFIRMED]', 5],
    ['SENT, EXPIRED and CANCELLED where there are none', 'mailingId: "4", statuses: [SENT, EXPIRED, CANCELLED]', 0],
  ])('is found without walking it: %s', async (_, where, expected) => {
    if (expected === 0) await db.pool.query('update mailing_statistics set sent = 0, pending = sent where mailing_id = 4');
    asked.length = 0;
    const { data, errors } = await api.ask(`{ messages(first: 5, where: { ${where} }) { nodes { id } } }`);
    expect(errors).toEqual([]);
    expect(data.messages.nodes).toHaveLength(Math.min(5, expected));
    expect(await touchedBy(asked[0])).toBeLessThan(500);
  });
});

test('of messages that many mailings have few of, only the newest mailings are looked through', async () => {
  // 100 mailings of 1,000 messages, 10 of each expired: a page of 20 is in the newest three, and the next one too.
  await db.pool.query(`
    with made as (
      insert into mailing (text, starts_at, ends_at, status, started_at, finished_at, expansion_ceiling, expanded_at)
        select 'many', instant_now(), 'infinity', 'COMPLETED', instant_now(), instant_now(), 0, instant_now() from generate_series(1, 100) returning id
    ), counted as (insert into mailing_statistics (mailing_id, total, sent, expired) select id, 1000, 990, 10 from made)
    insert into message (mailing_id, client_id, status, finished_at)
      select id, n, case when n % 100 = 0 then 'EXPIRED' else 'SENT' end::message_status, instant_now() from made, generate_series(1, 1000) n order by id, n`);
  await db.pool.query('vacuum analyze message, mailing, mailing_statistics');
  let after = '';
  const seen: string[] = [];
  for (let number = 1; number <= 3; number += 1) {
    asked.length = 0;
    const { data, errors } = await api.ask(
      `{ messages(${after}where: { statuses: [EXPIRED] }) { nodes { id } pageInfo { endCursor hasPreviousPage hasNextPage } } }`,
    );
    expect(errors).toEqual([]);
    const { nodes: found, pageInfo } = data.messages;
    expect([found.length, pageInfo.hasPreviousPage, pageInfo.hasNextPage]).toEqual([20, number > 1, true]);
    seen.push(...found.map(({ id }: { id: string }) => id));
    after = `after: "${pageInfo.endCursor}", `;
    expect(await touchedBy(asked[0])).toBeLessThan(7_000);
  }
  const { rows } = await db.pool.query<{ id: string }>(
    `select g.id::text from message g where g.status = 'EXPIRED' order by g.id desc limit 60`,
  );
  expect(seen).toEqual(rows.map(({ id }) => id));
});

/** How many messages the statement looked at. */
async function touchedBy(statement: { readonly text: string; readonly values: readonly unknown[] } | undefined): Promise<number | null> {
  const { rows } = await db.pool.query<{ 'QUERY PLAN': [{ Plan: WorkedPlanNode }] }>({
    text: `explain (analyze, format json) ${statement?.text}`,
    values: [...(statement?.values ?? [])],
  });
  const [{ Plan: plan } = { Plan: null }] = rows[0]?.['QUERY PLAN'] ?? [];
  return plan === null ? null : messagesTouched(plan);
}

interface WorkedPlanNode extends PlanNode {
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly WorkedPlanNode[];
}

/** How many rows of message the scans of a plan looked at. */
function messagesTouched(node: WorkedPlanNode): number {
  const own =
    node['Relation Name'] === 'message' ? (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'] : 0;
  return own + (node.Plans ?? []).map(messagesTouched).reduce((sum, part) => sum + part, 0);
}

// reading: every list, filter, count and live state that the API and the console ask for, on a directory of 1,000,000 clients, 1,000
// mailings and 10,000,000 messages. Reports the slowest of them beside the bound of 50 ms; `BENCH_VERBOSE=1` prints each.
import { request } from 'undici';
import { startServiceProcess } from './processes.ts';
import { setStage } from './stage.ts';
import { median } from './table.ts';
import type { BenchRow } from './table.ts';
import { fillHistory } from './history.ts';
import type { Filled } from './history.ts';

const rounds = 7;
const boundMs = 50;

export async function benchReading(): Promise<BenchRow[]> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await setStage());
  const filled = await fillHistory(stage);
  const api = stack.use(await startServiceProcess({ ROLE: 'api', DATABASE_URL: stage.databaseUrl, CALLER_REQUESTS_PER_SECOND: '0' }));
  const url = `${String(api.said['url'])}/graphql`;
  const timings: { name: string; ms: number }[] = [];
  for (const [name, query] of Object.entries(questions(filled))) {
    const times: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const startedAt = performance.now();
      await ask(url, query);
      // The first one plans, and reads pages that nobody has read yet.
      if (round > 0) times.push(performance.now() - startedAt);
    }
    const ms = median(times);
    timings.push({ name, ms });
    if (process.env['BENCH_VERBOSE'] !== undefined || ms > boundMs) console.log(`  ${ms.toFixed(1).padStart(8)} ms  ${name}`);
  }
  const slowest = timings.toSorted((a, b) => b.ms - a.ms)[0];
  const late = timings.filter(({ ms }) => ms > boundMs).length;
  return [
    {
      name: `reading (${filled.clients} clients, ${filled.mailings} mailings, ${filled.messages} messages)`,
      ours: `${timings.length} questions, ${late} above ${boundMs} ms; slowest ${slowest?.ms.toFixed(1)} ms: ${slowest?.name}`,
      reference: `${boundMs} ms`,
      ratio: (slowest?.ms ?? Number.NaN) / boundMs,
      aim: '<= 1.00',
    },
  ];
}

async function ask(url: string, query: string): Promise<void> {
  const { statusCode, body } = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const answer = (await body.json()) as { readonly errors?: readonly object[] };
  if (statusCode !== 200 || answer.errors !== undefined) throw new Error(`${statusCode} ${JSON.stringify(answer.errors)} ${query}`);
}

const client = 'nodes { id phone operatorCode tag timeZone optedOutAt createdAt } pageInfo { hasNextPage endCursor }';
const counts = 'total pending sent failed expired cancelled unconfirmed';
const mailing = `nodes { id text status startsAt endsAt statistics { ${counts} } progress { ratePerSecond estimatedEndAt willNotFit } } pageInfo { hasNextPage endCursor }`;
const message =
  'nodes { id phone status attempts dueAt sentAt lastError { code } client { id } mailing { id } } pageInfo { hasNextPage endCursor }';

function questions({ largestMailing, runningMailing, someClient, somePhone, someMessage }: Filled): Readonly<Record<string, string>> {
  const ofClients = {
    'all clients, first page': 'first: 50',
    'clients, oldest first': 'first: 50, orderBy: CREATED_AT_ASC',
    'clients by phone': `first: 50, where: { phone: "${somePhone}" }`,
    'clients by the beginning of a phone': `first: 50, where: { phonePrefix: "${somePhone.slice(0, 8)}" }`,
    'clients by a short beginning': 'first: 50, where: { phonePrefix: "7900" }',
    'clients by operator code': 'first: 50, where: { operatorCodes: ["905"] }',
    'clients by tag': 'first: 50, where: { tags: ["tag-7"] }',
    'clients by time zone': 'first: 50, where: { timeZones: ["Asia/Kamchatka"] }',
    'clients by code and tag': 'first: 50, where: { operatorCodes: ["905"], tags: ["tag-7"] }',
    'clients who opted out': 'first: 50, where: { optedOut: true }',
    'clients who did not opt out': 'first: 50, where: { optedOut: false }',
  };
  const ofMailings = {
    'all mailings': 'first: 50',
    'mailings by start': 'first: 50, orderBy: STARTS_AT_ASC',
    'running mailings': 'first: 50, where: { statuses: [RUNNING, PAUSED] }',
    'completed mailings': 'first: 50, where: { statuses: [COMPLETED] }',
    'mailings of a period': 'first: 50, where: { startsAfter: "2026-03-01T00:00:00Z", endsBefore: "2026-04-01T00:00:00Z" }',
  };
  const statuses = ['PENDING', 'SENT', 'FAILED', 'EXPIRED', 'CANCELLED', 'UNCONFIRMED'];
  const ofMessages: Record<string, string> = {
    'all messages': 'first: 50',
    'messages of the largest mailing': `first: 50, where: { mailingId: "${largestMailing}" }`,
    'messages of a client': `first: 50, where: { clientId: "${someClient}" }`,
    'messages by error code': 'first: 50, where: { errorCodes: ["REJECTED"] }',
    'messages of the largest mailing by error code': `first: 50, where: { mailingId: "${largestMailing}", errorCodes: ["REJECTED", "TIMEOUT"] }`,
  };
  for (const status of statuses) {
    ofMessages[`messages that are ${status}`] = `first: 50, where: { statuses: [${status}] }`;
    ofMessages[`${status} messages of the largest mailing`] = `first: 50, where: { mailingId: "${largestMailing}", statuses: [${status}] }`;
    ofMessages[`${status} messages of a running mailing`] = `first: 50, where: { mailingId: "${runningMailing}", statuses: [${status}] }`;
  }
  const page = (field: string, nodes: string) => (entry: readonly [string, string]) => [
    [entry[0], `{ ${field}(${entry[1]}) { ${nodes} } }`] as const,
    [`${entry[0]}, how many`, `{ ${field}(${entry[1].replace('first: 50', 'first: 1')}) { totalCount } }`] as const,
  ];
  return Object.fromEntries([
    ...Object.entries(ofClients).flatMap(page('clients', client)),
    ...Object.entries(ofMailings).flatMap(page('mailings', mailing)),
    ...Object.entries(ofMessages).flatMap(page('messages', message)),
    ['totals', `{ statistics { clients mailings { total running } messages { ${counts} } } }`],
    ['one client with its messages', `{ client(id: "${someClient}") { phone messages(first: 20) { totalCount ${message} } } }`],
    [
      'one message with its attempts',
      `{ message(id: "${someMessage}") { status attemptLog { attempt code } mailing { id } client { id } } }`,
    ],
    [
      'a running mailing, as the console shows it',
      `{ mailing(id: "${runningMailing}") { text status statistics { ${counts} } progress { ratePerSecond estimatedEndAt willNotFit }
         timeZones { timeZone pending isOpen opensAt closesAt willNotFit } errors { code messages retryCanHelp } events(first: 20) { nodes { kind at } } } }`,
    ],
    ['errors of the largest mailing', `{ mailing(id: "${largestMailing}") { errors { code messages } } }`],
    ['the history of the largest mailing', `{ mailing(id: "${largestMailing}") { history { at sent } } }`],
    ['messages a second', '{ sendingHistory(minutes: 60) { at messages } }'],
    ['the provider', '{ provider { status reason until } }'],
    [
      'a dry run for one tag',
      `{ audience(input: { filter: { tags: ["tag-7"] }, startsAt: "2026-01-01T00:00:00Z", endsAt: "2099-01-01T00:00:00Z" }) { matching } }`,
    ],
    ['a dry run for everybody', `{ audience(input: { startsAt: "2026-01-01T00:00:00Z", endsAt: "2099-01-01T00:00:00Z" }) { matching } }`],
  ]);
}

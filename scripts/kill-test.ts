// npm run kills -- --kills 50 --messages 20000 --seed 1: kill -9 of workers at random instants of one mailing, with a line per kill and a
// summary. --lease 60 --reconcile 15 are the defaults of the service; unless given, 2 and 1, so that it takes minutes.
import { parseArgs } from 'node:util';
import { migrate } from '../src/database/migrate.ts';
import { runKillCampaign } from '../tests/support/kill-campaign.ts';
import type { KillResult } from '../tests/support/kill-campaign.ts';
import { startTestServer } from '../tests/support/postgres-server.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    messages: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '1' },
    lease: { type: 'string', default: '2' },
    reconcile: { type: 'string', default: '1' },
  },
});
const [kills, messages, seed, leaseSeconds, reconcileSeconds] = [
  values.kills,
  values.messages,
  values.seed,
  values.lease,
  values.reconcile,
].map(Number);
if (!kills || !messages || seed === undefined || !leaseSeconds || !reconcileSeconds) throw new Error('every option is a whole number');

await using server = await startTestServer();
await migrate(server.url);
console.log(`${kills} kills in ${messages} messages, seed ${seed}, leases of ${leaseSeconds} s, a look every ${reconcileSeconds} s`);
let count = 0;
const result = await runKillCampaign({
  databaseUrl: server.url,
  kills,
  messages,
  seed,
  leaseSeconds,
  reconcileSeconds,
  patienceMs: 300_000 + leaseSeconds * 2_000,
  onKill: ({ name, unsettled }) => console.log(`kill ${(count += 1)}: ${name}, ${unsettled} requests not settled`),
});
console.log(summaryOf(result));
if (!isClean(result)) process.exitCode = 1;

function isClean({ statistics, clientsReached, inexcusable, counterFaults }: KillResult): boolean {
  const { status, total, sent } = statistics;
  return (
    status === 'COMPLETED' &&
    total === messages &&
    sent === messages &&
    clientsReached === messages &&
    inexcusable.length + counterFaults.length === 0
  );
}

function summaryOf(campaign: KillResult): string {
  const { statistics, requests, clientsReached, inexcusable, counterFaults, durationMs } = campaign;
  const moved = campaign.kills.flatMap((kill) => kill.movedMs ?? []).toSorted((a, b) => a - b);
  const recovered = campaign.kills.flatMap((kill) => kill.recoveredMs ?? []).toSorted((a, b) => a - b);
  const seconds = (ms: number | undefined): string => (ms === undefined ? '-' : `${(ms / 1_000).toFixed(1)} s`);
  const middle = (sorted: readonly number[]): number | undefined => sorted[Math.floor(sorted.length / 2)];
  const most = (numbers: readonly number[]): number => Math.max(0, ...numbers);
  return [
    `result        ${isClean(campaign) ? 'CLEAN' : 'FAULTY'} after ${seconds(durationMs)}: ${statistics.status}, ${statistics.sent} of ${statistics.total} sent, ${clientsReached} clients reached`,
    `requests      ${requests}, ${requests - statistics.total} of them repeated, at most ${most(campaign.kills.map((kill) => kill.repeated))} per kill`,
    `not settled   at most ${most(campaign.kills.map((kill) => kill.unsettled))} per kill; the oldest answer among them ${most(campaign.kills.map((kill) => kill.oldestAnswerMs ?? 0))} ms old`,
    `moving again  the first of its messages after ${seconds(middle(moved))} (median), ${seconds(moved.at(-1))} (longest), of ${moved.length} kills with requests in hand`,
    `all requested the last of its messages after ${seconds(middle(recovered))} (median), ${seconds(recovered.at(-1))} (longest)`,
    `counters      ${counterFaults.length === 0 ? 'exact by recount' : counterFaults.join('; ')}`,
    `inexcusable   ${inexcusable.length === 0 ? 'none' : JSON.stringify(inexcusable.slice(0, 10))}`,
  ].join('\n');
}

// npm run outage -- --messages 20000: an hour without the provider in the middle of a mailing, on a moved clock, with a summary: what the
// hour cost, how the api answered meanwhile, and how sending came back.
import { parseArgs } from 'node:util';
import { migrate } from '../src/database/migrate.ts';
import { runOutageCampaign } from '../tests/support/outage-campaign.ts';
import type { OutageResult } from '../tests/support/outage-campaign.ts';
import { startTestServer } from '../tests/support/postgres-server.ts';

const { values } = parseArgs({
  options: { messages: { type: 'string', default: '20000' }, requests: { type: 'string', default: '2000' } },
});
const [messages, apiRequests] = [Number(values.messages), Number(values.requests)];
if (!messages || !apiRequests) throw new Error('every option is a whole number');

await using server = await startTestServer();
await migrate(server.url);
console.log(`${messages} messages, an hour's outage, ${apiRequests} requests to the api before it and in it`);
const result = await runOutageCampaign({ databaseUrl: server.url, messages, apiRequests, onStep: (line) => console.log(line) });
console.log(summaryOf(result));
if (!isClean(result)) process.exitCode = 1;

function isClean({ statistics, clientsReached, counterFaults, apiErrors }: OutageResult): boolean {
  const { mailingStatus, sent, failed } = statistics;
  return (
    mailingStatus === 'COMPLETED' &&
    sent === messages &&
    failed === 0 &&
    clientsReached === messages &&
    counterFaults.length + apiErrors === 0
  );
}

function summaryOf(outage: OutageResult): string {
  const { statistics, clientsReached, counterFaults, apiBeforeMs, apiDuringMs, afterOpening } = outage;
  return [
    `result        ${isClean(outage) ? 'CLEAN' : 'FAULTY'}: ${statistics.mailingStatus}, ${statistics.sent} of ${statistics.total} sent, ${statistics.failed} failed, ${clientsReached} clients reached`,
    `the outage    ${outage.during} requests in the hour, ${outage.tests} of them after the gate had closed; no message charged more than ${outage.mostAttempts} attempts`,
    `the api       p99 ${apiBeforeMs.toFixed(1)} ms before, ${apiDuringMs.toFixed(1)} ms during (ratio ${(apiDuringMs / apiBeforeMs).toFixed(2)}), ${outage.apiErrors} errors`,
    `coming back   requests per second from the opening on: ${afterOpening.slice(0, 12).join(', ')}`,
    `counters      ${counterFaults.length === 0 ? 'exact by recount' : counterFaults.join('; ')}`,
  ].join('\n');
}

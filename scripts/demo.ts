// npm run demo: imports clients into a running service, creates a mailing to them, and draws its progress until it is over.
import { demoClients, timeZonesOf } from './demo/clients.ts';
import { makeDisplay } from './demo/display.ts';
import type { Display } from './demo/display.ts';
import { createMailing, importClients, readDirectory, watchMailing } from './demo/operations.ts';
import type { CreatedMailing, Directory, Imported, WatchedMailing } from './demo/operations.ts';
import { readDemoCommand } from './demo/options.ts';
import type { DemoOptions } from './demo/options.ts';
import { drawLine, finishedOf, formatCount, formatCounts, formatDuration, makeRateMeter } from './demo/progress.ts';
import type { Progress } from './demo/progress.ts';
import { DemoFault, makeServiceClient } from './demo/service-client.ts';
import type { ServiceClient } from './demo/service-client.ts';

const mailingLastsMs = 60 * 60 * 1000;
/** A service whose clock is behind this machine's still finds the start in the past, and starts at once. */
const startedAgoMs = 60 * 1000;
const rateWindowMs = 3_000;
/** Also without news: the rate and the time left go on. */
const drawEveryMs = 1_000;
/** A service that is being restarted ends the subscription first; then it is asked again. */
const askAgainMs = 1_000;

interface Stage {
  readonly service: ServiceClient;
  readonly display: Display;
  readonly options: DemoOptions;
  /** Nobody but this run's clients has it. */
  readonly tag: string;
}

const command = readDemoCommand(process.argv.slice(2), process.env['CARILLON_TOKEN']);
if ('help' in command) {
  console.log(command.help);
} else if ('faults' in command) {
  for (const fault of command.faults) console.error(fault);
  console.error('--help lists the flags.');
  process.exitCode = 2;
} else {
  process.exitCode = await run(command.options);
}

/** The exit code. */
async function run(options: DemoOptions): Promise<number> {
  const display = makeDisplay(process.stdout);
  const stage: Stage = { service: makeServiceClient(options.url, options.token), display, options, tag: `demo-${Date.now().toString(36)}` };
  let mailingId: string | null = null;
  process.once('SIGINT', () => {
    display.keep();
    if (mailingId !== null)
      display.print(`The mailing goes on. To stop it: mutation { cancelMailing(id: "${mailingId}") { mailing { status } } }`);
    process.exit(130);
  });
  try {
    await importAll(stage);
    const startedAt = performance.now();
    mailingId = await create(stage);
    display.print(`Mailing ${mailingId} created for everybody with the tag ${stage.tag}. Watching mailingStatistics:`);
    const last = await watch(stage, mailingId, startedAt);
    display.print(summary(last, mailingId, performance.now() - startedAt, options));
    return last.mailingStatus === 'COMPLETED' ? 0 : 1;
  } catch (error) {
    if (!(error instanceof DemoFault)) throw error;
    display.keep();
    console.error(error.message);
    if (mailingId !== null) console.error(`Nobody watches mailing ${mailingId} any more.`);
    return 1;
  } finally {
    await stage.service.close();
  }
}

async function importAll({ service, display, options: { url, clients }, tag }: Stage): Promise<void> {
  const { statistics } = await service.request<Directory>(readDirectory, {});
  display.print(`${url} answers: ${formatCount(statistics.clients)} clients in its directory.`);
  let [imported, created, updated] = [0, 0, 0];
  for (const rows of demoClients(clients, tag)) {
    const { importClients: counts } = await service.request<Imported>(importClients, { clients: rows });
    if (counts.failed > 0) throw new DemoFault(`importClients refuses ${counts.failed} clients.`);
    imported += rows.length;
    created += counts.created;
    updated += counts.updated;
    display.update(() => `Importing clients: ${formatCount(imported)} of ${formatCount(clients)}`);
  }
  display.keep();
  display.print(`${formatCount(created)} clients created, ${formatCount(updated)} updated, in ${timeZonesOf(clients)} time zones.`);
}

/** The new mailing's id. */
async function create({ service, options: { ratePerSecond }, tag }: Stage): Promise<string> {
  const now = Date.now();
  const input = {
    text: 'Hello from the Carillon demo.',
    filter: { tags: [tag] },
    startsAt: new Date(now - startedAgoMs).toISOString(),
    endsAt: new Date(now + mailingLastsMs).toISOString(),
    ratePerSecond,
  };
  const answer = await service.request<CreatedMailing>(createMailing, { input, tag });
  const { mailing, userErrors } = answer.createMailing;
  if (mailing === null) throw new DemoFault(`createMailing refuses: ${userErrors.map(({ message }) => message).join('; ')}`);
  return mailing.id;
}

/** Draws every state until the final one, and returns that. */
async function watch({ service, display, options: { clients } }: Stage, id: string, startedAt: number): Promise<Progress> {
  const meter = makeRateMeter(rateWindowMs);
  meter.add(startedAt, 0);
  let progress: Progress | null = null;
  const draw = (): void => {
    if (progress === null) return;
    const now = performance.now();
    meter.add(now, finishedOf(progress));
    const perSecond = isFinal(progress) ? null : meter.perSecond(now);
    const parts = { progress, expected: clients, perSecond, note: service.isListening() ? null : 'connection lost, trying again' };
    display.update((width) => drawLine({ ...parts, width }));
  };
  const timer = setInterval(draw, drawEveryMs);
  try {
    for (;;) {
      for await (const { mailingStatistics } of service.subscribe<WatchedMailing>(watchMailing, { id })) {
        progress = mailingStatistics;
        draw();
      }
      if (progress !== null && isFinal(progress)) return progress;
      await new Promise((resolve) => setTimeout(resolve, askAgainMs));
    }
  } finally {
    clearInterval(timer);
    display.keep();
  }
}

function isFinal({ mailingStatus, pending }: Progress): boolean {
  return (mailingStatus === 'COMPLETED' || mailingStatus === 'CANCELLED') && pending === 0;
}

function summary(progress: Progress, mailingId: string, elapsedMs: number, { url }: DemoOptions): string {
  const perSecond = formatCount((finishedOf(progress) * 1_000) / elapsedMs);
  return `
Mailing ${mailingId} is ${progress.mailingStatus} after ${formatDuration(elapsedMs)}: ${formatCounts(progress)}, ${perSecond} messages a second.

What to try next
  Look at its messages in the playground, ${url}/graphql:
    { mailing(id: "${mailingId}") { status messages(first: 5) { totalCount nodes { id phone status attempts sentAt client { timeZone } } } } }
  Pause one that takes a while: npm run demo -- --rate 200, then in the playground, with its id
    mutation { pauseMailing(id: "…") { mailing { status } } }   and   mutation { resumeMailing(id: "…") { mailing { status } } }
  Give the simulator faults and watch the retries: SIMULATOR_FAILURE_RATE=0.2 SIMULATOR_LATENCY_MS=50 npm start
  Stop the service in the middle and start it again: the demo goes on when the service does. After kill -9 the messages that
  were in hand wait up to 75 s.
  Send more: npm run demo -- --clients 100000`;
}

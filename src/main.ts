// The program: read the environment, start the service, wait for a signal, dispose, set the exit code.
import { setFlagsFromString } from 'node:v8';
import { readConfig } from './config.ts';
import type { Config } from './config.ts';
import { CarillonError } from './domain/errors.ts';
import { flushLog, makeLog } from './log.ts';
import { startService } from './service.ts';
import { readSimulatorSettings } from './simulator/settings.ts';

// By itself V8 lets the heap grow to several times of what lives in it when the machine has much memory. Measured with everything in one
// process and 200,000 messages: 395 MiB at its peak without, 240 MiB with, for 5 to 10 % of the speed.
setFlagsFromString('--heap-growing-percent=30');

/** When disposing takes longer than the promised 15 s, something hangs: say so and end. */
const SHUTDOWN_LIMIT_MS = 14_500;

const config = readConfig(process.env);
const simulator = readSimulatorSettings(process.env);
const faults = [...(config.ok ? [] : config.faults), ...('faults' in simulator ? simulator.faults : [])];
if (!config.ok || 'faults' in simulator) {
  process.stderr.write(`Carillon cannot start:\n${faults.map((fault) => `  - ${fault}\n`).join('')}See "Settings" in README.md.\n`);
  process.exit(1);
}

const log = makeLog({ level: config.config.log.level, pretty: process.stdout.isTTY });
const { role } = config.config;
const stop = new AbortController();
const stopped = Promise.withResolvers<void>();
for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => beginStopping(name));

try {
  const service = await startService(config.config, simulator.settings, log, stop.signal);
  if (role === 'migrate') process.stderr.write('The database is migrated.\n');
  else process.stderr.write(announcement(config.config, service.url, service.simulatorUrl));
  log.info({ event: 'ready', role, url: service.url }, 'ready');
  if (role !== 'migrate') await stopped.promise;
  await service[Symbol.asyncDispose]();
  log.info({ event: 'stopped' }, 'stopped');
} catch (error) {
  // Asked to end while it was starting. A migration that did not come to its end did not succeed.
  if (error === stop.signal.reason) process.exitCode = role === 'migrate' ? 1 : 0;
  else reportFault(error);
}
await flushLog(log);
process.exit();

/** Once: from then on everything together has 15 s, whether it was running or still starting. */
function beginStopping(signal: string): void {
  if (stop.signal.aborted) return;
  log.info({ event: 'stopping', signal }, 'stopping');
  setTimeout(() => void endLate(), SHUTDOWN_LIMIT_MS);
  stop.abort();
  stopped.resolve();
}

function reportFault(error: unknown): void {
  if (error instanceof CarillonError) process.stderr.write(`Carillon cannot start: ${error.message}\n`);
  log.fatal({ err: error }, 'the service ended');
  process.exitCode = 1;
}

async function endLate(): Promise<void> {
  log.fatal({ event: 'stopped-late' }, 'stopping took too long; what was in flight is sent again under the same ids');
  await flushLog(log);
  process.exit(1);
}

function announcement({ role, auth }: Config, url: string | null, simulatorUrl: string | null): string {
  const lines = [`Carillon is ready (${role}).`];
  if (url !== null) {
    lines.push(`  Console     ${url}/   open it in a browser`, `  Playground  ${url}/graphql`, `  Health      ${url}/readyz`);
  }
  if (url !== null && auth.mode === 'jwt') {
    const from = auth.keys.kind === 'secret' ? 'npm run token -- --role operator --for 12h' : 'the identity provider';
    lines.push(`  Tokens      every caller needs one, from ${from}`);
  }
  if (simulatorUrl !== null)
    lines.push(`  Provider    built-in SIMULATOR at ${simulatorUrl}: nothing real is sent (set PROVIDER_URL to send)`);
  lines.push(url === null ? '  Stop with Ctrl+C.' : '  Try         npm run demo   in another terminal. Stop with Ctrl+C.');
  return `${lines.join('\n')}\n`;
}

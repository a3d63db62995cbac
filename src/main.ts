// The program: read the environment, start the service, wait for a signal, dispose, set the exit code.
import { readConfig } from './config.ts';
import { CarillonError } from './domain/errors.ts';
import { flushLog, makeLog } from './log.ts';
import { startService } from './service.ts';
import { readSimulatorSettings } from './simulator/settings.ts';

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
const signal = Promise.withResolvers<string>();
for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => signal.resolve(name));

try {
  const service = await startService(config.config, simulator.settings, log);
  const { role } = config.config;
  if (role === 'migrate') process.stderr.write('The database is migrated.\n');
  else process.stderr.write(announcement(role, service.url, service.simulatorUrl));
  log.info({ event: 'ready', role, url: service.url }, 'ready');
  if (role !== 'migrate') log.info({ event: 'stopping', signal: await signal.promise }, 'stopping');
  const late = setTimeout(() => void endLate(), SHUTDOWN_LIMIT_MS);
  await service[Symbol.asyncDispose]();
  clearTimeout(late);
  log.info({ event: 'stopped' }, 'stopped');
} catch (error) {
  if (error instanceof CarillonError) process.stderr.write(`Carillon cannot start: ${error.message}\n`);
  log.fatal({ err: error }, 'the service ended');
  process.exitCode = 1;
}
await flushLog(log);
process.exit();

async function endLate(): Promise<void> {
  log.fatal({ event: 'stopped-late' }, 'stopping took too long; what was in flight is sent again under the same ids');
  await flushLog(log);
  process.exit(1);
}

function announcement(role: string, url: string | null, simulatorUrl: string | null): string {
  const lines = [`Carillon is ready (${role}).`];
  if (url !== null) lines.push(`  Playground  ${url}/graphql   open it in a browser`, `  Health      ${url}/readyz`);
  if (simulatorUrl !== null)
    lines.push(`  Provider    built-in SIMULATOR at ${simulatorUrl}: nothing real is sent (set PROVIDER_URL to send)`);
  lines.push(url === null ? '  Stop with Ctrl+C.' : '  Try         npm run demo   in another terminal. Stop with Ctrl+C.');
  return `${lines.join('\n')}\n`;
}

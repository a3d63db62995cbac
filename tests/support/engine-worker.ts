// A whole worker in the test's own process, against a stub provider and a test database: jobs, lanes, gate and caps as in service.
import { readConfig } from '../../src/config.ts';
import { startWorker } from '../../src/worker-role.ts';
import { recordLog } from './engine.ts';
import type { LogLine } from './engine.ts';

export interface TestWorker extends AsyncDisposable {
  readonly lines: readonly LogLine[];
}

/**
 * `env`: settings beside the defaults; a look of the reconciler every second, so that nothing waits for it. The provider has 20 s and a
 * lease 30 s: the stub is in this process, and a pause of the machine would make its answers late.
 */
export async function startTestWorker(
  databaseUrl: string,
  providerUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<TestWorker> {
  const settings = { PROVIDER_TOKEN: 'test-token', PROVIDER_TIMEOUT_MS: '20000', LEASE_SECONDS: '30', RECONCILE_SECONDS: '1', ...env };
  const read = readConfig(settings);
  if (!read.ok) throw new Error(read.faults.join('\n'));
  const { log, lines } = recordLog();
  const worker = await startWorker(read.config, databaseUrl, providerUrl, log);
  return { lines, [Symbol.asyncDispose]: async () => worker[Symbol.asyncDispose]() };
}

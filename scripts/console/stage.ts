// A service of its own, as `npm start` runs it, on an empty database that is gone afterwards, with a browser beside it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { postGraphql } from '../../tests/support/graphql-client.ts';
import { launchChromium } from '../../tests/support/launch-chromium.ts';

export interface Stage extends AsyncDisposable {
  readonly url: string;
  readonly browser: Browser;
  /** Answers data; throws when there are errors. */
  query<Data>(query: string, variables?: Readonly<Record<string, unknown>>): Promise<Data>;
}

const program = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** `env`: settings of the service and of its simulator. */
export async function setStage(env: Readonly<Record<string, string>>): Promise<Stage> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'carillon-stage-'));
  stack.defer(async () => rm(folder, { recursive: true, force: true }));
  // As root, PostgreSQL runs as another user, who has to get in.
  await chmod(folder, 0o755);
  const url = await startService(stack, { ...env, DATA_DIR: join(folder, 'data') });
  const browser = stack.adopt(await launchChromium(folder), async (one) => one.close());
  const parts = stack.move();
  return {
    url,
    browser,
    query: async <Data>(query: string, variables: Readonly<Record<string, unknown>> = {}) => {
      const { data, errors } = await postGraphql<Data>(url, query, variables);
      if (errors !== undefined) throw new Error(JSON.stringify(errors));
      return data;
    },
    [Symbol.asyncDispose]: async () => parts.disposeAsync(),
  };
}

/** Its address, once it is ready. */
async function startService(stack: AsyncDisposableStack, env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  stack.defer(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.once('exit', (code) => reject(new Error(`the service ended (${code}) before it was ready`)));
  createInterface({ input: child.stdout }).on('line', (line) => {
    const entry = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (entry['event'] === 'ready') resolve(String(entry['url']));
  });
  return promise;
}

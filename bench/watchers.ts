// People who watch while something is measured: subscribers of the totals, in a process of their own.
import { fileURLToPath } from 'node:url';
import type { Program } from './processes.ts';
import { startProgram } from './processes.ts';

/** `count` WebSockets on the api, each with one subscription of the totals. Disposing ends them. */
export async function watchTotals(api: Program, count: number): Promise<Program> {
  const url = `${String(api.said['url']).replace(/^http/, 'ws')}/graphql`;
  return startProgram(fileURLToPath(new URL('subscribers.ts', import.meta.url)), { args: [url, String(count), 'totals'], key: 'ready' });
}

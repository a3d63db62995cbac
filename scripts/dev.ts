// npm run dev: builds and starts the service, and does so again after every change below src/ or migrations/. A failed build leaves the old one running.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Editors write several files at once; one build serves them all. */
const gatherMs = 150;
const ending = new AbortController();
let service: ChildProcess | null = null;
let changed = true;
let wake = (): void => undefined;

process.once('SIGINT', end);
process.once('SIGTERM', end);
for (const folder of ['src', 'migrations']) void follow(folder);

while (!ending.signal.aborted) {
  if (changed) {
    changed = false;
    if (await build()) await restart();
  } else {
    await new Promise<void>((resolve) => (wake = resolve));
    await delay(gatherMs);
  }
}
await stop();

async function follow(folder: string): Promise<void> {
  try {
    for await (const _ of watch(folder, { recursive: true, signal: ending.signal })) {
      changed = true;
      wake();
    }
  } catch (error) {
    if (!ending.signal.aborted) throw error;
  }
}

async function build(): Promise<boolean> {
  const [code] = (await once(spawn('tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' }), 'exit')) as [number | null];
  return code === 0;
}

async function restart(): Promise<void> {
  await stop();
  if (ending.signal.aborted) return;
  const started = spawn(process.execPath, ['dist/main.js'], { stdio: 'inherit' });
  started.once('exit', (code) => {
    if (service === started && code !== null && code !== 0) console.error(`The service ended with code ${code}; waiting for a change.`);
  });
  service = started;
}

/** The service drains and stops its database before the next one starts. */
async function stop(): Promise<void> {
  const stopping = service;
  service = null;
  if (stopping === null || stopping.exitCode !== null || stopping.signalCode !== null) return;
  const exit = once(stopping, 'exit');
  stopping.kill('SIGTERM');
  await exit;
}

function end(): void {
  ending.abort();
  wake();
}

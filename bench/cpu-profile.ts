// A CPU profile of this process, told by whose code it was: one line for each package, for Node.js and for ourselves by folder.
import { Session } from 'node:inspector/promises';
import type { Profiler } from 'node:inspector';

export interface ProfilePart {
  readonly whose: string;
  /** Of the samples in which the process did something. */
  readonly share: number;
  /** The function that took most of it, with its own share. */
  readonly mostly: string;
}

const SAMPLE_MICROSECONDS = 500;

/** Profiles while `work` runs. Parts below half a percent are left out; the largest comes first. */
export async function profileWhile<T>(work: () => Promise<T>): Promise<{ readonly result: T; readonly parts: readonly ProfilePart[] }> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS });
    await session.post('Profiler.start');
    const result = await work();
    const { profile } = await session.post('Profiler.stop');
    return { result, parts: toParts(profile) };
  } finally {
    session.disconnect();
  }
}

function toParts({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): ProfilePart[] {
  const byId = new Map(nodes.map((node) => [node.id, node.callFrame]));
  const parts = new Map<string, Map<string, number>>();
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const frame = byId.get(id);
    const microseconds = timeDeltas[index] ?? 0;
    if (frame === undefined || frame.functionName === '(idle)') continue;
    busy += microseconds;
    const whose = whoseIs(frame.url, frame.functionName);
    const functions = parts.get(whose) ?? new Map<string, number>();
    const name = frame.functionName === '' ? '(anonymous)' : frame.functionName;
    functions.set(name, (functions.get(name) ?? 0) + microseconds);
    parts.set(whose, functions);
  }
  return [...parts]
    .map(([whose, functions]) => {
      const total = [...functions.values()].reduce((sum, one) => sum + one, 0);
      const [name, most] = [...functions].toSorted(([, a], [, b]) => b - a)[0] ?? ['', 0];
      return { whose, share: total / busy, mostly: `${name} ${((100 * most) / busy).toFixed(1)} %` };
    })
    .filter(({ share }) => share >= 0.005)
    .toSorted((a, b) => b.share - a.share);
}

function whoseIs(url: string, functionName: string): string {
  if (url === '') return functionName === '(garbage collector)' ? 'garbage collector' : 'V8 and system calls';
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (inPackage !== undefined) return inPackage;
  const own = /\/src\/(\w+)/.exec(url)?.[1];
  if (own !== undefined) return `src/${own}`;
  return url.startsWith('node:') ? url : 'the benchmark itself';
}

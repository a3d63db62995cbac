// Equal calls at one moment are one call, whose result all of them get. Nobody is given what was begun before they asked: whoever comes
// while a call runs shares the next one, so that a change that was answered is always seen.

/**
 * The result of `run`, or of an equal call's that begins after this one was made. Calls are equal whose `group` is the same (an object by
 * its identity) and whose `key` is equal. Results are shared, and must not be changed; so is a failure. Nothing is kept when nobody waits.
 */
export type ShareCalls<Result> = (group: unknown, key: string, run: () => Promise<Result>) => Promise<Result>;

/** What waits for the call that runs now; it starts when that one ends, or when it has waited long enough. */
interface NextCall<Result> {
  readonly result: Promise<Result>;
  readonly start: () => void;
}

interface Calls<Result> {
  running: number;
  next: NextCall<Result> | null;
}

/** A slow call keeps those that come after it from their own for no longer than this. Milliseconds. */
const MOST_WAIT_MS = 10;

export function makeShareCalls<Result>(): ShareCalls<Result> {
  const groups = new Map<unknown, Map<string, Calls<Result>>>();

  return async (group, key, run) => {
    const ofGroup = groups.get(group) ?? new Map<string, Calls<Result>>();
    groups.set(group, ofGroup);
    const calls = ofGroup.get(key) ?? { running: 0, next: null };
    ofGroup.set(key, calls);

    const begin = async (): Promise<Result> => {
      calls.running += 1;
      try {
        return await run();
      } finally {
        calls.running -= 1;
        if (calls.next !== null) calls.next.start();
        else if (calls.running === 0) {
          ofGroup.delete(key);
          if (ofGroup.size === 0 && groups.get(group) === ofGroup) groups.delete(group);
        }
      }
    };
    if (calls.running === 0) return begin();
    calls.next ??= makeNext(begin, () => (calls.next = null));
    return calls.next.result;
  };
}

function makeNext<Result>(begin: () => Promise<Result>, onStart: () => void): NextCall<Result> {
  const { promise, resolve } = Promise.withResolvers<Result>();
  const start = (): void => {
    clearTimeout(timer);
    onStart();
    resolve(begin());
  };
  const timer = setTimeout(start, MOST_WAIT_MS);
  return { result: promise, start };
}

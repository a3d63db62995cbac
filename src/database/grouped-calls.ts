// Calls that come together are one call: a change that many make at a moment is one statement, one commit and one flush of the log.
// Whoever comes while a call runs goes with the next one.

export interface GroupedCallsOptions<Item, Outcome> {
  /** Answers each item's outcome, or what it will be, in the order of the items. When it rejects, all of them fail with its error. */
  readonly run: (items: readonly Item[]) => Promise<readonly (Outcome | Promise<Outcome>)[]>;
  /** So that no call grows without end. */
  readonly mostTogether: number;
}

interface Waiting<Item, Outcome> {
  readonly item: Item;
  readonly resolve: (outcome: Outcome | Promise<Outcome>) => void;
  readonly reject: (error: unknown) => void;
}

/** A slow call keeps those who come after it from theirs for no longer than this. Milliseconds. */
const MOST_WAIT_MS = 10;

/** What comes in one turn of the event loop goes together; a call alone waits for nothing else. */
export function groupCalls<Item, Outcome>({ run, mostTogether }: GroupedCallsOptions<Item, Outcome>): (item: Item) => Promise<Outcome> {
  const waiting: Waiting<Item, Outcome>[] = [];
  let running = 0;
  let isDue = false;
  let timer: NodeJS.Timeout | undefined;

  const start = (): void => {
    clearTimeout(timer);
    timer = undefined;
    isDue = false;
    while (waiting.length > 0) void runGroup(waiting.splice(0, mostTogether));
  };

  const runGroup = async (group: readonly Waiting<Item, Outcome>[]): Promise<void> => {
    running += 1;
    try {
      const outcomes = await run(group.map(({ item }) => item));
      for (const [index, { resolve }] of group.entries()) resolve(outcomes[index] as Outcome | Promise<Outcome>);
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      running -= 1;
      if (running === 0) start();
    }
  };

  return async (item) => {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    waiting.push({ item, resolve, reject });
    if (running > 0) timer ??= setTimeout(start, MOST_WAIT_MS);
    else if (!isDue) {
      isDue = true;
      setImmediate(start);
    }
    return promise;
  };
}

// One slot between a producer and one reader: the newest value wins and nothing queues, however slow the reader is.

export interface LatestValue<T> {
  /** Replaces the value that waits, if any. */
  offer(value: T): void;
  /** The reader gets the value that waits, if any, and then the end. */
  end(): void;
  /** The reader gets `error` at once, and then the end. */
  fail(error: Error): void;
  readonly reader: AsyncIterableIterator<T, undefined>;
}

/**
 * Two values reach the reader at least `gapMs` apart. `onReturn` is called once, when the reader leaves before the end; a read that
 * waits ends then, which an async generator would not do.
 */
export function makeLatestValue<T>({ gapMs, onReturn }: { gapMs: number; onReturn: () => void }): LatestValue<T> {
  const reads: { resolve: (result: IteratorResult<T, undefined>) => void; reject: (error: Error) => void }[] = [];
  let waiting: { value: T } | null = null;
  let over = false;
  let error: Error | null = null;
  let deliveredAt = -Infinity;
  let timer: NodeJS.Timeout | null = null;

  const settleReads = (): void => {
    for (let read = reads[0]; read !== undefined; read = reads[0]) {
      if (error !== null) {
        read.reject(error);
        error = null;
      } else if (waiting !== null) {
        const pauseMs = deliveredAt + gapMs - performance.now();
        if (pauseMs > 0) {
          timer ??= setTimeout(afterPause, pauseMs);
          return;
        }
        read.resolve({ value: waiting.value, done: false });
        waiting = null;
        deliveredAt = performance.now();
      } else if (over) {
        read.resolve({ value: undefined, done: true });
      } else {
        return;
      }
      reads.shift();
    }
  };
  const afterPause = (): void => {
    timer = null;
    settleReads();
  };
  const finish = (): void => {
    over = true;
    waiting = null;
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };

  return {
    offer: (value) => {
      if (over) return;
      waiting = { value };
      settleReads();
    },
    end: () => {
      over = true;
      settleReads();
    },
    fail: (reason) => {
      if (over) return;
      finish();
      error = reason;
      settleReads();
    },
    reader: {
      next: () =>
        new Promise((resolve, reject) => {
          reads.push({ resolve, reject });
          settleReads();
        }),
      return: () => {
        const left = !over;
        finish();
        error = null;
        settleReads();
        if (left) onReturn();
        return Promise.resolve({ value: undefined, done: true });
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    },
  };
}

// Collects what a watcher is given, until it ends or is told to stop.

export interface Watching<T> {
  readonly seen: T[];
  readonly over: Promise<void>;
  stop(): Promise<void>;
}

export function watch<T>(iterable: AsyncIterable<T>): Watching<T> {
  const iterator = iterable[Symbol.asyncIterator]();
  const seen: T[] = [];
  const collect = async (): Promise<void> => {
    for (let result = await iterator.next(); result.done !== true; result = await iterator.next()) seen.push(result.value);
  };
  const over = collect();
  over.catch(() => {});
  return { seen, over, stop: async () => void (await iterator.return?.()) };
}

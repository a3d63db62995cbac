// How long after its commit a change reaches its watcher, by the database's clock alone: this machine's may be wrong.

export interface DeliveryLag<Value extends object> {
  /** `askedAt`: monotonic time before the statement was sent that said how old the values are. */
  note(values: readonly (Value & { readonly ageMs?: number })[], askedAt: number): void;
  /** The same states; each value that it hands out is measured, but for the first, which is a state and not a change. */
  measure(states: AsyncIterable<Value>): AsyncIterable<Value>;
}

export function makeDeliveryLag<Value extends object>(onDelivered: (lagMs: number) => void): DeliveryLag<Value> {
  const committedAt = new WeakMap<Value, number>();
  return {
    note: (values, askedAt) => {
      for (const value of values) if (value.ageMs !== undefined) committedAt.set(value, askedAt - value.ageMs);
    },
    measure: (states) => ({
      [Symbol.asyncIterator]: () => {
        const iterator = states[Symbol.asyncIterator]();
        let isFirst = true;
        return {
          ...iterator,
          next: async () => {
            const result = await iterator.next();
            const at = result.done === true || isFirst ? undefined : committedAt.get(result.value);
            if (at !== undefined) onDelivered(performance.now() - at);
            isFirst = false;
            return result;
          },
        };
      },
    }),
  };
}

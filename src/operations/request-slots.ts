// How many requests this worker may have open at a time, shared by all lanes, first come first served.

export interface RequestSlots {
  /** Resolves when a request may start; give it back with `release`. */
  acquire(): Promise<void> | undefined;
  release(): void;
  taken(): number;
}

/** `acquire` answers undefined when a slot is free at once: the common case costs no promise. */
export function makeRequestSlots(connections: number): RequestSlots {
  let free = connections;
  const waiting: (() => void)[] = [];
  let head = 0;
  return {
    acquire: () => {
      if (free > 0) {
        free -= 1;
        return undefined;
      }
      return new Promise<void>((resolve) => waiting.push(resolve));
    },
    release: () => {
      const next = waiting[head];
      if (next === undefined) {
        free += 1;
        return;
      }
      head += 1;
      if (head > 1_024) {
        waiting.splice(0, head);
        head = 0;
      }
      next();
    },
    taken: () => connections - free,
  };
}

// How many requests may be open at a time, first come first served.

export interface RequestSlots {
  /** Resolves when a request may start; give it back with `release`. */
  acquire(): Promise<void> | undefined;
  release(): void;
  taken(): number;
  /** How many there are from now on, at least 1. When more are taken, that many have to be given back before the next one is free. */
  resize(limit: number): void;
}

/** `acquire` answers undefined when a slot is free at once: the common case costs no promise. */
export function makeRequestSlots(connections: number): RequestSlots {
  let limit = connections;
  let taken = 0;
  const waiting: (() => void)[] = [];
  let head = 0;
  return {
    acquire: () => {
      // Whoever waits is handed a slot as soon as there is one: a free slot means that nobody does.
      if (taken < limit) {
        taken += 1;
        return undefined;
      }
      return new Promise<void>((resolve) => waiting.push(resolve));
    },
    release: () => {
      taken -= 1;
      handOut();
    },
    taken: () => taken,
    resize: (next) => {
      limit = next;
      handOut();
    },
  };

  function handOut(): void {
    while (taken < limit) {
      const next = waiting[head];
      if (next === undefined) return;
      head += 1;
      if (head > 1_024) {
        waiting.splice(0, head);
        head = 0;
      }
      taken += 1;
      next();
    }
  }
}

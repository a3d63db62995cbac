// A list that grows at both ends: news from the subscription, older entries page by page.

interface Event {
  readonly id: string;
  readonly at: string;
}

/** All of both, each once, newest first; of one instant the one with the higher id. */
export function mergeEvents<Entry extends Event>(known: readonly Entry[], more: readonly Entry[]): readonly Entry[] {
  const byId = new Map([...known, ...more].map((event) => [event.id, event]));
  if (byId.size === known.length) return known;
  return [...byId.values()].toSorted((a, b) => b.at.localeCompare(a.at) || compareIds(b.id, a.id));
}

/** Ids are 64-bit integers as text. */
function compareIds(a: string, b: string): number {
  return a.length - b.length || a.localeCompare(b);
}

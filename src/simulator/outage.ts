// When the simulated provider is down.

/** Down in [from, to) seconds after the start, or for the last `downSeconds` of every `everySeconds`. */
export type Outage =
  | { readonly fromSeconds: number; readonly toSeconds: number }
  | { readonly downSeconds: number; readonly everySeconds: number };

/** "30-60,90-95" or "10/60", also mixed; null when it is neither. */
export function toOutages(text: string): readonly Outage[] | null {
  const outages: Outage[] = [];
  for (const part of text.split(',').filter((piece) => piece.trim() !== '')) {
    const outage = toOutage(part.trim());
    if (outage === null) return null;
    outages.push(outage);
  }
  return outages;
}

function toOutage(text: string): Outage | null {
  const [, first, sign, second] = /^(\d{1,7})([-/])(\d{1,7})$/.exec(text) ?? [];
  const [a, b] = [Number(first), Number(second)];
  if (sign === '-' && a < b) return { fromSeconds: a, toSeconds: b };
  return sign === '/' && a > 0 && a < b ? { downSeconds: a, everySeconds: b } : null;
}

export function isDown(outages: readonly Outage[], elapsedMs: number): boolean {
  const seconds = elapsedMs / 1000;
  return outages.some((outage) =>
    'everySeconds' in outage
      ? seconds % outage.everySeconds >= outage.everySeconds - outage.downSeconds
      : seconds >= outage.fromSeconds && seconds < outage.toSeconds,
  );
}

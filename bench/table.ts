// How benchmarks report: ours beside the reference, and the ratio of the medians.

export interface BenchRow {
  readonly name: string;
  readonly ours: string;
  readonly reference: string;
  readonly ratio: number;
  /** As the issue or README states it, e.g. '>= 0.60'. */
  readonly aim: string;
}

export function printTable(rows: readonly BenchRow[]): void {
  console.log('');
  console.log('| benchmark | ours | reference | ratio | aim |');
  console.log('|---|---|---|---|---|');
  for (const row of rows) console.log(`| ${row.name} | ${row.ours} | ${row.reference} | ${row.ratio.toFixed(2)} | ${row.aim} |`);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  if (low === undefined || high === undefined) throw new Error('the median of nothing');
  return (low + high) / 2;
}

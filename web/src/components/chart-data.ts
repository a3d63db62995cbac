// Series as uPlot takes them: one row of times, then one row per series in the order in which they are drawn.

interface Valued {
  readonly values: readonly (number | null)[];
}

type ChartData = [number[], ...(number | null)[][]];

/** Stacked: sums from the first series on, the highest first, as it is drawn first and the others over it. */
export function toChartData(times: readonly number[], series: readonly Valued[], stacked: boolean): ChartData {
  if (!stacked) return [[...times], ...series.map(({ values }) => [...values])];
  const sums = times.map(() => 0);
  const levels = series.map(({ values }) => sums.map((sum, index) => (sums[index] = sum + (values[index] ?? 0))));
  return [[...times], ...levels.toReversed()];
}

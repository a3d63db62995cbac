// Which metrics of ours a text of PromQL asks for, and which of them the code does not have.
import { metricDefinitions } from '../../src/metrics/definitions.ts';

const seriesNames = new Set(
  Object.values(metricDefinitions).flatMap(({ name, type }) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
);

/** Names with our prefixes, as they stand in the text. */
export function metricNamesIn(text: string): readonly string[] {
  return [...new Set(text.match(/\b(?:carillon|process|nodejs)_[a-z0-9_]+/g) ?? [])];
}

/** Names of series that no process shows; a histogram is shown as its buckets, sum and count. */
export function unknownMetricsIn(text: string): readonly string[] {
  return metricNamesIn(text).filter((name) => !seriesNames.has(name));
}

/** Labels in `{…}` and `by (…)` that none of the metrics of the text has. */
export function unknownLabelsIn(text: string): readonly string[] {
  const known = new Set(['le', 'job', 'instance']);
  for (const { name, labels } of Object.values(metricDefinitions)) {
    if (metricNamesIn(text).some((used) => used.startsWith(name))) for (const label of labels) known.add(label);
  }
  const matched = [...text.matchAll(/[{,]\s*([a-z_]+)\s*(?:=~|!~|!=|=)"/g)].map(([, label = '']) => label);
  const grouped = [...text.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(',').map((label) => label.trim()));
  return [...matched, ...grouped].filter((label) => !known.has(label));
}

export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The series of an exposition. */
export function parseExposition(text: string): readonly Series[] {
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', text = '']) => [label, text]);
      return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) };
    });
}

/** The sum of the series of that name that have these labels. */
export function valueOf(series: readonly Series[], name: string, labels: Readonly<Record<string, string>> = {}): number {
  return series
    .filter((one) => one.name === name && Object.entries(labels).every(([label, value]) => one.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

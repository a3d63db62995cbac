// The metrics of one process: made from the table of definitions, read by whoever asks for /metrics.
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { metricDefinitions } from './definitions.ts';
import type { KeyOf, LabelOf, MetricKey } from './definitions.ts';

/** One value under its labels. */
export type Reading<Label extends string> = readonly [labels: Readonly<Record<Label, string>>, value: number];

export interface MetricRegistry {
  counter<Key extends KeyOf<'counter'>>(key: Key): Counter<LabelOf<Key>>;
  histogram<Key extends KeyOf<'histogram'>>(key: Key): Histogram<LabelOf<Key>>;
  /**
   * Read when somebody asks, so that it costs nothing in between: for what a part counts or knows anyway. A counter's readings never
   * fall. Several sources under one key add their readings to each other's.
   */
  pull<Key extends KeyOf<'counter' | 'gauge'>>(key: Key, read: () => readonly Reading<LabelOf<Key>>[]): void;
  /** Runs before every reading; what it rejects with fails the reading. */
  beforeReading(prepare: () => Promise<void>): void;
  expose(): Promise<Exposition>;
}

/** The text that Prometheus reads. */
export interface Exposition {
  readonly contentType: string;
  readonly text: string;
}

export function makeMetricRegistry(): MetricRegistry {
  const registry = new Registry();
  const sources = new Map<MetricKey, (() => readonly Reading<string>[])[]>();
  const preparations: (() => Promise<void>)[] = [];

  const settingsOf = (key: MetricKey) => {
    const { name, help, labels } = metricDefinitions[key];
    return { name, help, labelNames: [...labels], registers: [registry] };
  };

  return {
    counter: (key) => new Counter(settingsOf(key)),
    histogram: (key) => new Histogram({ ...settingsOf(key), buckets: [...(metricDefinitions[key].buckets ?? [])] }),
    pull: (key, read) => {
      const known = sources.get(key);
      if (known !== undefined) return void known.push(read);
      const readers: (() => readonly Reading<string>[])[] = [read];
      sources.set(key, readers);
      const settings = {
        ...settingsOf(key),
        collect: () => {
          const readings = readers.flatMap((reader) => reader());
          metric.reset();
          // One without labels starts at 0 again by itself; without a reading it must not be there at all.
          if (readings.length === 0) metric.remove({});
          for (const [labels, value] of readings) metric.inc(labels, value);
        },
      };
      const metric = metricDefinitions[key].type === 'counter' ? new Counter(settings) : new Gauge(settings);
    },
    beforeReading: (prepare) => void preparations.push(prepare),
    expose: async () => {
      await Promise.all(preparations.map(async (prepare) => prepare()));
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

// docs/metrics.md, the alerts and the dashboard speak of the metrics that the code has, and of no others.
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { metricDefinitions } from '../../src/metrics/definitions.ts';
import { metricNamesIn, unknownLabelsIn, unknownMetricsIn } from '../support/metric-names.ts';

const root = new URL('../../', import.meta.url);
const read = async (path: string): Promise<string> => readFile(new URL(path, root), 'utf8');
const page = await read('docs/metrics.md');
const definitions = Object.values(metricDefinitions);

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}
const { groups } = parse(await read('deploy/prometheus/alerts.yml')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}
const dashboard = JSON.parse(await read('deploy/grafana/carillon.json')) as { panels: Panel[] };
const expressions = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));

describe('the page about metrics', () => {
  test('has a row for every metric of the code, with its type, labels, processes and meaning, and no other', () => {
    const section = page.split('\n## All of them\n')[1]?.split('\n## ')[0] ?? '';
    const rows = section.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows).toEqual(
      definitions.map(({ name, type, labels, on, help }) => {
        const names = labels.map((label) => `\`${label}\``).join(', ');
        return `| \`${name}\` | ${type} | ${names === '' ? '–' : names} | ${on} | ${help} |`;
      }),
    );
  });

  test('asks in its examples for metrics and labels that are there', () => {
    const section = page.split('\n## Questions and answers\n')[1]?.split('\n## ')[0] ?? '';
    const examples = [...section.matchAll(/`([^`]*carillon_[^`]*)`/g)].map(([, example = '']) => example.replaceAll('\\|', '|'));
    expect(examples.length).toBeGreaterThan(7);
    expect(examples.flatMap(unknownMetricsIn)).toEqual([]);
    expect(examples.flatMap(unknownLabelsIn)).toEqual([]);
  });

  test('is short of no alert that it names', () => {
    expect(rules.map(({ alert }) => alert)).toContain('CarillonSendingStandsStill');
    expect(page).toContain('`CarillonSendingStandsStill`');
  });
});

describe('the names of metrics', () => {
  test('say the unit, and that a counter is one', () => {
    const wrong = definitions.filter(
      ({ name, type }) => (type === 'counter') !== name.endsWith('_total') || !/^[a-z][a-z0-9_]*$/.test(name),
    );
    expect(wrong.map(({ name }) => name)).toEqual([]);
    const durations = definitions.filter(({ name }) => /duration|delay|wait_|lag|oldest/.test(name));
    expect(durations.filter(({ name }) => !name.endsWith('_seconds')).map(({ name }) => name)).toEqual([]);
    expect(new Set(definitions.map(({ name }) => name)).size).toBe(definitions.length);
  });

  test('carry no label that could hold an id, a person or a text', () => {
    const labels = new Set(definitions.flatMap((definition) => definition.labels));
    expect([...labels].filter((label) => /id$|phone|tag|text|actor|subject|client|message/i.test(label))).toEqual([]);
  });
});

describe('the alerts', () => {
  test.each(rules)(
    '$alert asks for metrics and labels that are there, and says what to do',
    ({ expr, annotations, labels, for: after }) => {
      expect(metricNamesIn(expr).length + Number(/\bup\{/.test(expr))).toBeGreaterThan(0);
      expect(unknownMetricsIn(expr)).toEqual([]);
      expect(unknownLabelsIn(expr)).toEqual([]);
      expect(annotations.summary.length).toBeGreaterThan(20);
      expect(annotations.description.length).toBeGreaterThan(30);
      expect(['warning', 'critical']).toContain(labels.severity);
      expect(after).toMatch(/^\d+m$/);
    },
  );

  test('have names of their own', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  test('a metric or a label that nobody shows is found', () => {
    expect(unknownMetricsIn('rate(carillon_attempts[5m]) + carillon_settle_duration_seconds + carillon_up')).toEqual([
      'carillon_attempts',
      'carillon_settle_duration_seconds',
      'carillon_up',
    ]);
    expect(unknownLabelsIn('sum by (outcome, kind) (carillon_attempts_total{status="sent"})')).toEqual(['status', 'kind']);
  });
});

describe('the dashboard', () => {
  test.each(expressions)('“$title” asks for metrics and labels that are there: $expr', ({ expr }) => {
    expect(metricNamesIn(expr).length).toBeGreaterThan(0);
    expect(unknownMetricsIn(expr)).toEqual([]);
    expect(unknownLabelsIn(expr)).toEqual([]);
  });

  test('shows every metric, but for what only alerts need', () => {
    const shown = JSON.stringify(dashboard);
    const missing = definitions.map(({ name }) => name).filter((name) => !shown.includes(name));
    expect(missing).toEqual(['carillon_log_lines_dropped_total']);
    expect(JSON.stringify(rules)).toContain('carillon_log_lines_dropped_total');
  });

  test('has panels with ids of their own, and a query in each', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    expect(dashboard.panels.filter(({ type, targets = [] }) => type !== 'row' && targets.length === 0)).toEqual([]);
  });
});

test('the scrape configuration names rule files that are there, and every job by the prefix that alerts ask for', async () => {
  const scraping = parse(await read('deploy/prometheus/prometheus.yml')) as {
    rule_files: string[];
    scrape_configs: { job_name: string; dns_sd_configs: { names: string[]; port: number }[] }[];
  };
  const files = await readdir(new URL('deploy/prometheus/', root));
  for (const file of scraping.rule_files) expect(files).toContain(file);
  expect(scraping.scrape_configs.map(({ job_name: name }) => name).filter((name) => !name.startsWith('carillon'))).toEqual([]);
  expect(scraping.scrape_configs.flatMap((job) => job.dns_sd_configs.map(({ names, port }) => [...names, port]))).toEqual([
    ['api', 4000],
    ['worker', 9464],
  ]);
});

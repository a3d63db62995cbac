// The rules are proven on planted violations: a rule that reports nothing looks exactly like clean code.
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { project, run, usePlantedProjects } from '../support/planted-project.ts';

const plant = usePlantedProjects(['.oxlintrc.json', '.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']);

/** Who may import whom, beside itself. */
const mayImport = {
  domain: [],
  database: ['domain'],
  provider: ['domain'],
  mail: ['domain'],
  webhooks: ['domain'],
  live: ['domain', 'database'],
  operations: ['domain', 'database'],
  jobs: ['domain', 'operations'],
  graphql: ['domain', 'operations', 'live', 'database'],
  http: ['domain', 'operations', 'live', 'graphql'],
  metrics: ['domain'],
  tracing: ['domain'],
  simulator: [],
} satisfies Record<string, readonly string[]>;

const layers = Object.keys(mayImport) as (keyof typeof mayImport)[];
const pairs = layers.flatMap((from) =>
  layers.filter((to) => to !== from).map((to) => ({ from, to, allowed: mayImport[from].some((name) => name === to) })),
);
const imports = (from: string, to: string): string => `src/${from}/imports-${to}.ts`;
const planted = {
  ...Object.fromEntries(layers.map((layer) => [`src/${layer}/target.ts`, 'export const target = 1;\n'])),
  ...Object.fromEntries(
    pairs.map(({ from, to }) => [imports(from, to), `import { target } from '../${to}/target.ts';\nexport const twice = target * 2;\n`]),
  ),
};
const forbidden = pairs.filter(({ allowed }) => !allowed).map(({ from, to }) => imports(from, to));

describe('dependency-cruiser', () => {
  test('reports every forbidden import between layers, and no allowed one', async () => {
    const { summary } = await cruise(planted);
    expect(summary.totalCruised).toBe(Object.keys(planted).length);
    const reported = summary.violations.filter(({ rule }) => rule.name.endsWith('-imports')).map(({ from }) => from);
    expect(new Set(reported)).toEqual(new Set(forbidden));
  });

  test.each([
    ['undici-only-in', 'src/operations/a.ts', `import { Pool } from 'undici';\nexport const a = Pool;`],
    ['prom-client-only-in', 'src/operations/a.ts', `import { Counter } from 'prom-client';\nexport const a = Counter;`],
    ['@opentelemetry-only-in', 'src/operations/a.ts', `import { trace } from '@opentelemetry/api';\nexport const a = trace;`],
    ['standardwebhooks-only-in', 'src/operations/a.ts', `import { Webhook } from 'standardwebhooks';\nexport const a = Webhook;`],
    ['nodemailer-only-in', 'src/operations/a.ts', `import { createTransport } from 'nodemailer';\nexport const a = createTransport;`],
    ['jose-only-in', 'src/http/a.ts', `import { jwtVerify } from 'jose';\nexport const a = jwtVerify;`],
    ['graphile-worker-only-in', 'src/operations/a.ts', `import { run } from 'graphile-worker';\nexport const a = run;`],
    ['type-graphql-only-in', 'src/http/a.ts', `import { buildSchema } from 'type-graphql';\nexport const a = buildSchema;`],
    ['domain-is-pure', 'src/domain/a.ts', `import { readFileSync } from 'node:fs';\nexport const a = readFileSync;`],
    ['domain-is-pure', 'src/domain/a.ts', `import pino from 'pino';\nexport const a = pino;`],
    ['domain-is-pure', 'src/domain/a.ts', `import { log } from '../log.ts';\nexport const a = log;`],
    ['domain-is-pure', 'src/domain/a.ts', `import { failpoint } from '../failpoints.ts';\nexport const a = failpoint;`],
    ['config-is-passed-not-imported', 'src/jobs/a.ts', `import { config } from '../config.ts';\nexport const a = config;`],
    ['no-circular', 'src/live/a.ts', `import { b } from './b.ts';\nexport const a = (): unknown => b;`],
    ['no-orphans', 'src/live/alone.ts', 'export const a = 1;'],
    ['console-imports', 'web/src/a.ts', `import { log } from '../../src/log.ts';\nexport const a = log;`],
    ['service-without-console', 'src/live/a.ts', `import { b } from '../../web/src/b.ts';\nexport const a = b;`],
    ['resolvable', 'src/live/a.ts', `import { missing } from './missing.ts';\nexport const a = missing;`],
  ])('reports %s in %s', async (rule, file, code) => {
    const { summary } = await cruise({
      [file]: code,
      'src/log.ts': 'export const log = 1;',
      'src/failpoints.ts': 'export const failpoint = 1;',
      'src/config.ts': 'export const config = 1;',
      'src/live/b.ts': `import { a } from './a.ts';\nexport const b = a;`,
      'web/src/b.ts': 'export const b = 1;',
    });
    expect(summary.violations.filter(({ from }) => from === file).map((violation) => violation.rule.name)).toContain(rule);
  });

  test.each([
    ['src/provider/a.ts', `import { Pool } from 'undici';\nexport const a = Pool;`],
    ['src/jobs/a.ts', `import { run } from 'graphile-worker';\nexport const a = run;`],
    ['src/database/job-queue.ts', `import { makeWorkerUtils } from 'graphile-worker';\nexport const a = makeWorkerUtils;`],
    ['src/metrics/a.ts', `import { Counter } from 'prom-client';\nexport const a = Counter;`],
    ['src/tracing/a.ts', `import { trace } from '@opentelemetry/api';\nexport const a = trace;`],
    ['src/graphql/a.ts', `import { buildSchema } from 'type-graphql';\nexport const a = buildSchema;`],
    ['src/service.ts', `import { config } from './config.ts';\nexport const a = config;`],
    ['src/live/a.ts', `import { log } from '../log.ts';\nexport const a = log;`],
    ['src/operations/a.ts', `import { failpoint } from '../failpoints.ts';\nexport const a = failpoint;`],
    ['web/src/a.ts', `import { b } from '../../src/domain/b.ts';\nexport const a = b;`],
  ])('leaves %s alone', async (file, code) => {
    const { summary } = await cruise({
      [file]: code,
      'src/log.ts': 'export const log = 1;',
      'src/failpoints.ts': 'export const failpoint = 1;',
      'src/config.ts': 'export const config = 1;',
      'src/domain/b.ts': 'export const b = 1;',
    });
    expect(summary.totalDependenciesCruised).toBeGreaterThan(0);
    expect(summary.violations.filter(({ from, rule }) => from === file && rule.name !== 'no-orphans')).toEqual([]);
  });
});

describe('npm run check:layers', () => {
  test('passes a clean tree', async () => {
    expect(
      await checkLayers({
        'src/main.ts': `import { a } from './domain/a.ts';\nexport const b = a;`,
        'src/domain/a.ts': 'export const a = 1;',
      }),
    ).toMatchObject({
      code: 0,
      output: expect.stringContaining('2 modules, 1 dependencies, 0 violations'),
    });
  });

  test('fails on a violation and names it', async () => {
    expect(await checkLayers(planted)).toMatchObject({
      code: 1,
      output: expect.stringContaining('domain-imports: src/domain/imports-graphql.ts -> src/graphql/target.ts'),
    });
  });

  test('fails when it saw nothing', async () => {
    expect(await checkLayers({ 'src/notes.md': '' })).toMatchObject({ code: 1, output: expect.stringContaining('Nothing was cruised') });
  });
});

describe('oxlint', () => {
  const libraries = [
    ['domain', 'pino'],
    ['domain', 'node:fs'],
    ['database', 'undici'],
    ['database', 'type-graphql'],
    ['provider', 'pg'],
    ['provider', '@mikro-orm/core'],
    ['mail', 'graphql'],
    ['live', 'undici'],
    ['live', 'graphile-worker'],
    ['operations', 'graphile-worker'],
    ['operations', '@apollo/server'],
    ['jobs', '@mikro-orm/core'],
    ['graphql', 'pg'],
    ['http', 'type-graphql'],
    ['operations', 'prom-client'],
    ['jobs', '@opentelemetry/api'],
    ['metrics', '@opentelemetry/api'],
    ['tracing', 'prom-client'],
    ['simulator', 'undici'],
  ].map(([layer = '', library = '']) => ({ file: `src/${layer}/uses-${library.replace(/\W/g, '-')}.ts`, library }));

  const faulty = {
    'no-floating-promises': 'const later = async (): Promise<void> => {};\nexport const start = (): void => {\n  later();\n};',
    'no-misused-promises': 'const later = async (): Promise<boolean> => true;\nexport const start = (): number => (later() ? 1 : 2);',
    'await-thenable': 'export const start = async (): Promise<void> => {\n  await 1;\n};',
    'no-explicit-any': 'export const start = (value: any): unknown => value;',
    'no-non-null-assertion': 'export const start = (value: string | null): string => value!;',
    'consistent-type-imports': `import { Only } from './only.ts';\nexport const start = (value: Only): Only => value;`,
    'switch-exhaustiveness-check': `export const start = (value: 'a' | 'b'): number => {\n  switch (value) {\n    case 'a':\n      return 1;\n  }\n  return 2;\n};`,
    'only-throw-error': `export const start = (): never => {\n  throw 'text';\n};`,
    'no-process-env': `export const start = process.env['HOME'];`,
    'no-console': `console.log('x');\nexport const start = 1;`,
    'no-default-export': 'export default 1;',
    'no-barrel-file': `export * from './only.ts';`,
    'prefer-node-protocol': `import { join } from 'path';\nexport const start = join;`,
    eqeqeq: 'export const start = (value: unknown): boolean => value == 1;',
    'no-cycle': `import { cycle } from './cycle.ts';\nexport const start = (): unknown => cycle;`,
  };
  const faultyFile = (rule: string): string => `src/jobs/has-${rule}.ts`;
  let findings: readonly { readonly file: string; readonly rule: string }[];

  beforeAll(async () => {
    findings = await lint({
      ...planted,
      ...Object.fromEntries(
        libraries.map(({ file, library }) => [file, `import * as library from '${library}';\nexport const used = library;\n`]),
      ),
      ...Object.fromEntries(Object.entries(faulty).map(([rule, code]) => [faultyFile(rule), `${code}\n`])),
      'src/jobs/only.ts': 'export interface Only {\n  readonly only: number;\n}\n',
      'src/jobs/cycle.ts': `import { start } from './has-no-cycle.ts';\nexport const cycle = (): unknown => start;\n`,
      'src/jobs/has-badName.ts': 'export const start = 1;\n',
      'tests/has-focus.test.ts': `import { expect, test } from 'vitest';\ntest.only('one', () => {\n  expect(1).toBe(1);\n});\n`,
    });
  });

  const filesWith = (rule: string): readonly string[] =>
    findings.filter((finding) => finding.rule.endsWith(`(${rule})`)).map(({ file }) => file);

  test('reports every forbidden import between layers and of libraries, and no allowed one', () => {
    expect(filesWith('no-restricted-imports').toSorted(byText)).toEqual(
      [...forbidden, ...libraries.map(({ file }) => file)].toSorted(byText),
    );
  });

  test.each(Object.keys(faulty))('reports %s', (rule) => {
    expect(filesWith(rule)).toContain(faultyFile(rule));
  });

  test('reports a file name that is not kebab-case, and a test that shuts the others out', () => {
    expect(filesWith('filename-case')).toEqual(['src/jobs/has-badName.ts']);
    expect(filesWith('no-focused-tests')).toEqual(['tests/has-focus.test.ts']);
  });
});

interface CruiseReport {
  readonly summary: {
    readonly totalCruised: number;
    readonly totalDependenciesCruised: number;
    readonly violations: readonly { readonly from: string; readonly to: string; readonly rule: { readonly name: string } }[];
  };
}

async function cruise(files: Readonly<Record<string, string>>): Promise<CruiseReport> {
  const folder = await plant(files);
  const { output } = await runNode(folder, [
    'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
    ...['src', 'web/src'].filter((root) => Object.keys(files).some((file) => file.startsWith(`${root}/`))),
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
  ]);
  return JSON.parse(output) as CruiseReport;
}

async function checkLayers(files: Readonly<Record<string, string>>): Promise<{ readonly code: number; readonly output: string }> {
  return await runNode(await plant(files), [join(project, 'scripts/check-layers.ts')]);
}

async function lint(files: Readonly<Record<string, string>>): Promise<readonly { readonly file: string; readonly rule: string }[]> {
  const { output } = await runNode(await plant(files), [
    'node_modules/oxlint/bin/oxlint',
    '--type-aware',
    '--format',
    'json',
    'src',
    'tests',
  ]);
  const { diagnostics } = JSON.parse(output) as { readonly diagnostics: readonly { readonly filename: string; readonly code: string }[] };
  return diagnostics.map(({ filename, code }) => ({ file: filename, rule: code }));
}

async function runNode(cwd: string, args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  const { code, stdout, stderr } = await run(cwd, process.execPath, args);
  return { code, output: args.includes('json') ? stdout : stdout + stderr };
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

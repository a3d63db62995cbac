// Every command in README and docs/ is run by a test, or its block says what it needs that no test has.
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { blocksOf, documented, documentedPages, marks, withoutComments } from '../support/documented.ts';
import type { Block } from '../support/documented.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const pages = documentedPages();
const shells = new Set(['sh', 'bash', 'shell', 'console', 'zsh']);

/** The blocks that tests ask for by `documented('page', 'beginning')`, to run them. */
const run = new Set(
  readdirSync(new URL('tests/', root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.endsWith('docs-commands.test.ts'))
    .flatMap((name) => [...read(`tests/${name}`).matchAll(/documented\('([^']+)', '([^']+)'\)/g)])
    .map(([, page = '', begin = '']) => documented(page, begin)),
);

/** What .ci/run does is not run inside of it once more. */
const ownRun = 'npm ci && npm test\n';

function faultsOf({ page, language, mark, text }: Block): readonly string[] {
  const [first = ''] = text.split('\n');
  if (language !== 'sh') return [`${page}: ${first}: the language is called sh`];
  if (mark !== '') return marks.some((known) => known === mark) ? [] : [`${page}: ${first}: nobody knows the mark ${mark}`];
  return run.has(withoutComments(text)) || text === ownRun
    ? []
    : [`${page}: ${first}: no test runs this block (it would ask for it by documented()), and no mark says why`];
}

describe.each(pages)('%s', (page) => {
  test('tells its reader nothing to type that nobody has tried', () => {
    const blocks = blocksOf(page).filter(({ language }) => shells.has(language));
    expect(blocks.flatMap(faultsOf)).toEqual([]);
  });
});

test('the pages have commands, and tests run some of them', () => {
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'docs/operations.md']));
  expect(run.size).toBeGreaterThan(10);
});

test.each([
  ['```sh\nrm -rf /\n```', 'no test runs this block (it would ask for it by documented()), and no mark says why'],
  ['```bash\nnpm ci && npm test\n```', 'the language is called sh'],
  ['```sh moon\nls\n```', 'nobody knows the mark moon'],
])('a page with %j would not pass', (markdown, fault) => {
  expect(blocksOf('page.md', `${markdown}\n`).flatMap(faultsOf)).toEqual([expect.stringContaining(fault)]);
});

test('.ci/run does what the second of the two commands says', () => {
  expect(read('.ci/run')).toMatch(/^npm ci$[^]*^npm test /m);
});

describe('what only GitHub’s machines can run', () => {
  test.each(['docker compose exec -T postgres pg_dump', 'docker compose stop api worker'])('they run: %s', (begin) => {
    const lines = documented('docs/operations.md', begin)
      .split('\n')
      .filter((line) => line.includes('docker compose exec -T'));
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(read('.github/workflows/ci.yml')).toContain(`          ${line}\n`);
  });
});

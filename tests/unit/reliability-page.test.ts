// docs/reliability.md names the tests that prove each promise: this holds it to tests that exist.
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const page = await readFile(new URL('docs/reliability.md', root), 'utf8');

/** `tests/…/file.test.ts` “a title”, “another title”: every title with the file it is said to be in. */
const named = [...page.matchAll(/`(tests\/[\w/-]+\.test\.ts)`((?:,? “[^”]+”)+)/g)].flatMap(([, file = '', titles = '']) =>
  [...titles.matchAll(/“([^”]+)”/g)].map(([, title = '']) => ({ file, title })),
);

/** The part under a heading, up to the next one of its level. */
function sectionOf(heading: string): string {
  return page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
}

const rowsOf = (section: string): readonly string[] =>
  section
    .split('\n')
    .filter((line) => /^\| (?!---)/.test(line))
    .slice(1);

describe('the page about reliability', () => {
  test.each(named)('$file has the test “$title”', async ({ file, title }) => {
    const path = new URL(file, root);
    expect(existsSync(path)).toBe(true);
    const source = await readFile(path, 'utf8');
    const quoted = [`'${title.replaceAll("'", "\\'")}'`, `"${title}"`, `\`${title}\``];
    expect(quoted.some((text) => source.includes(text))).toBe(true);
  });

  test('names a test with every file that it names', () => {
    const files = new Set([...page.matchAll(/tests\/[\w/-]+\.test\.ts/g)].map(([file]) => file));
    expect([...files].filter((file) => !named.some((one) => one.file === file))).toEqual([]);
  });

  test('has ten promises, and a test for each', () => {
    const promises = sectionOf('The ten promises').split(/^### /m).slice(1);
    expect(promises.map((promise) => Number.parseInt(promise, 10))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const promise of promises) expect(promise).toMatch(/`tests\/[\w/-]+\.test\.ts`,? “/);
  });

  test('has a row for each kind of fault, and in each row a test or the word that there is none yet', () => {
    const rows = rowsOf(sectionOf('The fault matrix'));
    expect(new Set(rows.map((row) => row.split('|')[1]?.trim()))).toEqual(
      new Set(['provider', 'process', 'database', 'time', 'people', 'scale', 'input']),
    );
    for (const row of rows) expect(row).toMatch(/`tests\/[\w/-]+\.test\.ts`,? “|not tested yet/);
  });

  test('leaves out no file of fault tests', async () => {
    const files = (await readdir(new URL('tests/faults/', root))).filter((file) => file.endsWith('.test.ts'));
    expect(files.filter((file) => !page.includes(`tests/faults/${file}`))).toEqual([]);
  });
});

// README in Russian says the same as README: part by part, command by command, row by row.
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { settings } from '../../src/config.ts';

const root = new URL('../../', import.meta.url);
const english = await readFile(new URL('README.md', root), 'utf8');
const russian = await readFile(new URL('README.ru.md', root), 'utf8');

const codeOf = (page: string): readonly string[] => [...page.matchAll(/^```[^]*?^```$/gm)].map(([block]) => block);
const proseOf = (page: string): readonly string[] => page.replaceAll(/^```[^]*?^```$/gm, '').split('\n');
const levelsOf = (page: string): readonly string[] => proseOf(page).flatMap((line) => /^#+(?= )/.exec(line)?.[0] ?? []);
const cellsOf = (line: string): readonly string[] => line.split(/(?<!\\)\|/).map((cell) => cell.trim());
/** Without the heads of tables: those are words. */
const rowsOf = (page: string): readonly (readonly string[])[] =>
  proseOf(page)
    .filter((line, n, lines) => line.startsWith('|') && !lines[n + 1]?.startsWith('|-'))
    .map(cellsOf);
const targetsOf = (page: string): readonly string[] =>
  [
    ...proseOf(page)
      .join('\n')
      .matchAll(/\]\(([^)]+)\)|<(http[^>]+)>/g),
  ]
    .map(([, link, address]) => link ?? address ?? '')
    .filter((target) => !/^README(\.ru)?\.md$/.test(target))
    .toSorted();
const stepsOf = (page: string): readonly string[] => proseOf(page).flatMap((line) => /^\*\*\d+\./.exec(line)?.[0] ?? []);
/** What kind of paragraph follows what: a heading, a row, an item, an image, a text. */
const shapeOf = (page: string): readonly string[] =>
  proseOf(page).map((line) => /^(?:#+ |\||- |!\[)/.exec(line)?.[0] ?? (line === '' ? '' : 'text'));

describe('README.ru.md', () => {
  test('has the same parts in the same order', () => {
    expect(levelsOf(russian)).toEqual(levelsOf(english));
    expect(stepsOf(russian)).toEqual(stepsOf(english));
  });

  test('has the same commands and operations, letter by letter', () => {
    expect(codeOf(russian)).toEqual(codeOf(english));
  });

  test('has the same tables: as many columns, the same first one', () => {
    expect(rowsOf(russian).map((cells) => [cells.length, cells[1]])).toEqual(rowsOf(english).map((cells) => [cells.length, cells[1]]));
  });

  test('gives the same default for every setting', () => {
    const defaultsOf = (page: string): readonly (string | undefined)[] =>
      rowsOf(page)
        .filter(([, name = '']) => settings.some((setting) => name === `\`${setting.name}\``))
        .map(([, , standard]) => standard);
    expect(defaultsOf(russian)).toHaveLength(settings.length);
    expect(defaultsOf(russian)).toEqual(defaultsOf(english));
  });

  test('leads to the same pages, pictures and addresses', () => {
    expect(targetsOf(russian)).toEqual(targetsOf(english));
  });

  test('has a paragraph for each of the other, and is in Russian', () => {
    const paragraphsOf = (page: string): readonly string[] => shapeOf(page).filter((kind) => kind !== '');
    expect(paragraphsOf(russian)).toEqual(paragraphsOf(english));
    expect(russian.match(/[а-яё]/gi)?.length ?? 0).toBeGreaterThan(5_000);
  });

  test('and README.md name each other', () => {
    expect(russian).toMatch(/^\[.+\]\(README\.md\)$/m);
    expect(english).toMatch(/^\[.+\]\(README\.ru\.md\)$/m);
  });
});

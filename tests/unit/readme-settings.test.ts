// README's table of settings and the code say the same, both ways.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { settings } from '../../src/config.ts';

const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');

/** The rows of the first table under `## Settings`: a setting's name and its default, each in backticks; a default without backticks is a word. */
function rowsOf(markdown: string): readonly (readonly [name: string, standard: string])[] {
  const section = markdown.split(/^## Settings$/m)[1]?.split(/^#{2,} /m)[0] ?? '';
  return section
    .split('\n')
    .map((line) => /^\|\s*`([A-Z_]+)`\s*\|\s*`?([^`|]*?)`?\s*\|/.exec(line))
    .filter((match) => match !== null)
    .map(([, name = '', standard = '']) => [name, standard]);
}

test('every setting of the code stands in README with its default, and no other', () => {
  expect(Object.fromEntries(rowsOf(readme))).toEqual(Object.fromEntries(settings.map((setting) => [setting.name, setting.default])));
});

// README and the pages beside it say what is there: operations that the schema takes, commands, files and flags that exist.
import { readFileSync, readdirSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { buildSchema, parse, print, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { readSimulatorCommand } from '../../src/simulator/settings.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const readme = read('README.md');
const api = read('docs/api.md');
const schema = buildSchema(read('schema.graphql'));

/** The content of the fenced blocks in one language. */
function blocks(markdown: string, language: string): readonly string[] {
  return [...markdown.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].filter(([, name]) => name === language).map(([, , content = '']) => content);
}

function section(markdown: string, title: string): string {
  return markdown.split(new RegExp(`^#{2,3} ${title}$`, 'm'))[1]?.split(/^## /m)[0] ?? '';
}

describe('GraphQL', () => {
  test.each(
    [readme, api]
      .flatMap((page) => blocks(page, 'graphql'))
      .map((block) => [block.split(/[ (]/, 2).join(' ').trim() || block, block] as const),
  )('%s is valid against schema.graphql', (_name, block) => {
    expect(validate(schema, parse(block))).toEqual([]);
  });

  test('in the walk-through is what the tabs of the playground have', () => {
    const folder = 'examples/operations/';
    const tabs = readdirSync(new URL(folder, root)).toSorted();
    const written = blocks(section(readme, 'The walk-through'), 'graphql').map((block) => print(parse(block)));
    expect(written.length).toBeGreaterThan(0);
    expect(tabs.slice(0, written.length).map((name) => print(parse(read(folder + name))))).toEqual(written);
  });

  test('sent by curl and by the program is valid, too', () => {
    const [curl = ''] = blocks(api, 'sh').filter((block) => block.startsWith('curl '));
    const { query } = JSON.parse(/-d '(\{[^']*\})'/.exec(curl)?.[1] ?? '{}') as { readonly query?: string };
    const [program = ''] = blocks(api, 'js');
    const subscription = /`([^`]*subscription[^`]*)`/.exec(program)?.[1];
    expect([query, subscription].map((document) => (document === undefined ? 'missing' : validate(schema, parse(document))))).toEqual([
      [],
      [],
    ]);
  });
});

test('every setting of the simulator stands in docs/simulator.md with its flag and default, and no other', () => {
  const command = readSimulatorCommand(['--help'], {});
  const described = ('help' in command ? command.help : '')
    .split('\n')
    .map((line) => /^ {2}(--\S+ \S+) +(\S+) +(?:.* \((.*)\)|.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, flag, variable, standard = 'unset']) => [variable, flag, standard]);
  const written = read('docs/simulator.md')
    .split('\n')
    .map((line) => /^\| `(--[^`]*)` \| `(\w+)` \| `?([^`|]*?)`? \|/.exec(line))
    .filter((match) => match !== null)
    .map(([, flag, variable, standard]) => [variable, flag, standard]);
  expect(described.length).toBeGreaterThan(10);
  expect(written).toEqual(described);
});

/** As GitHub and GitLab make them of headings. */
const anchorsOf = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

const pages = readdirSync(new URL('docs/', root)).filter((name) => name.endsWith('.md'));
const decisions = readdirSync(new URL('docs/decisions/', root)).map((name) => `decisions/${name}`);

describe.each(['README.md', 'README.ru.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...[...pages, ...decisions].map((name) => `docs/${name}`)])(
  '%s',
  (page) => {
    const text = read(page);

    test('names scripts that exist', () => {
      const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> };
      const named = [...text.matchAll(/npm run (?:-s )?([a-z][a-z:]*)/g)].map(([, name = '']) => name);
      expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
    });

    test('leads to headings that are there', () => {
      const links = [...text.matchAll(/\]\((?!\w+:)([^)#]*)#([^)]+)\)/g)];
      const missing = links.filter(([, path = '', anchor = '']) => {
        const target = path === '' ? text : readFileSync(new URL(path, new URL(page, root)), 'utf8');
        return !anchorsOf(target).includes(anchor);
      });
      expect(missing.map(([link]) => link)).toEqual([]);
    });

    test('names files and folders that exist', async () => {
      const folders = readdirSync(root);
      const linked = [...text.matchAll(/\]\((?!\w+:)([^)#]+)\)/g)].map(([, path = '']) => new URL(path, new URL(page, root)));
      const named = [...text.matchAll(/`(\.?[\w-]+(?:\/[\w.-]+)+\/?|[\w-]+\/)`/g)]
        .map(([, path = '']) => path)
        .filter((path) => folders.includes(path.split('/')[0] ?? ''))
        .map((path) => new URL(path, root));
      const missing = await Promise.all(
        [...linked, ...named].map(
          async (url) =>
            await access(url).then(
              () => [],
              () => [url.pathname],
            ),
        ),
      );
      expect(missing.flat()).toEqual([]);
    });
  },
);

test('the index of decisions has each of them under its title', () => {
  const files = decisions.map((name) => name.replace('decisions/', '')).filter((name) => name !== 'README.md');
  const rows = files.toSorted().map((file) => {
    const [, number = '', title = ''] = /^# (\d+)\. (.+)$/m.exec(read(`docs/decisions/${file}`)) ?? [];
    return `| [${number}](${file}) | ${title} |`;
  });
  const written = read('docs/decisions/README.md')
    .split('\n')
    .filter((line) => line.startsWith('| ['));
  expect(written).toEqual(rows);
});

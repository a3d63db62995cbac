// The gates around schema.graphql are proven on planted violations, through the scripts that `npm run check` runs.
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { project, run, usePlantedProjects } from '../support/planted-project.ts';

const plant = usePlantedProjects([
  'package.json',
  'eslint.config.js',
  'scripts',
  'schema.graphql',
  'docs/released-schema.graphql',
  'CHANGELOG.md',
  'examples',
  'web',
]);
const schema = readFileSync(join(project, 'schema.graphql'), 'utf8');

async function npmRun(script: string, files: Readonly<Record<string, string>>): Promise<{ code: number; output: string; folder: string }> {
  const folder = await plant(files);
  const { code, stdout, stderr } = await run(folder, 'npm', ['run', '--silent', script]);
  return { code, output: stdout + stderr, folder };
}

test('npm run check runs every gate there is', () => {
  const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const gates = Object.keys(scripts).filter((name) => name.startsWith('check:'));
  expect(scripts['check']?.split(' && ')).toEqual(gates.map((name) => `npm run -s ${name}`));
});

describe('npm run check:schema-rules', () => {
  test('passes what is there', async () => {
    expect(await npmRun('check:schema-rules', {})).toMatchObject({ code: 0, output: '' });
  });

  /** Rule, what it says, and what is planted for it; each element has a description where its lack is not the point. */
  const violations: readonly (readonly [rule: string, message: string, planted: string])[] = [
    ['require-description', 'Description is required for type "Planted"', 'type Planted { "Its id." id: ID! }'],
    ['require-description', 'Description is required for field "mute" in type "Mute"', '"Planted." type Mute { mute: ID }'],
    [
      'require-description',
      'Description is required for input value "unnamed" in field "take"',
      '"Planted." type Arguments { "Takes one." take(unnamed: Int): ID }',
    ],
    [
      'require-description',
      'Description is required for input value "unsaid" in input "Inputs"',
      '"Planted." input Inputs { unsaid: Int }',
    ],
    ['require-description', 'Description is required for enum value "UNTOLD" in enum "Values"', '"Planted." enum Values { UNTOLD }'],
    ['description-style', 'Unexpected inline description for scalar "Inline"', '"Planted." scalar Inline'],
    ['naming-convention', 'Scalar "lower_case" should be in PascalCase format', '"Planted." scalar lower_case'],
    ['naming-convention', 'Enum value "camelValue" should be in UPPER_CASE format', '"Planted." enum Named { "Planted." camelValue }'],
    [
      'no-typename-prefix',
      'Field "prefixedName" starts with the name of the parent type "Prefixed"',
      '"Planted." type Prefixed { "Planted." prefixedName: Int }',
    ],
    ['no-unreachable-types', 'Object type `Unreached` is unreachable', '"Planted." type Unreached { "Planted." a: Int }'],
    [
      'require-deprecation-reason',
      'Deprecation reason is required for field "old" in type "Aged"',
      '"Planted." type Aged { "Planted." old: Int @deprecated }',
    ],
    [
      'no-scalar-result-type-on-mutation',
      'Unexpected scalar result type `Int` for field "counted" in type "Mutation"',
      'extend type Mutation { "Planted." counted: Int }',
    ],
    [
      'relay-arguments',
      'A field that returns a Connection type must include forward pagination arguments (`first` and `after`), backward pagination arguments (`last` and `before`), or both',
      'extend type Query { "Planted." unpaged: ClientConnection }',
    ],
    [
      'relay-connection-types',
      'Connection type must contain a field `edges` that return a list type',
      '"Planted." type EdgelessConnection { "Planted." pageInfo: PageInfo! }',
    ],
    [
      'relay-edge-types',
      'Edge type must contain a field `cursor` that return either a String, Scalar, or a non-null wrapper wrapper around one of those types',
      '"Planted." type BadConnection { "Planted." pageInfo: PageInfo! "Planted." edges: [BadEdge] } "Planted." type BadEdge { "Planted." node: Client }',
    ],
    ['relay-page-info', 'Field `hasNextPage` must return non-null Boolean', ''],
  ];
  const operations: typeof violations = [
    ['no-anonymous-operations', 'Anonymous GraphQL operations are forbidden. Make sure to name your query!', '{ statistics { clients } }'],
    [
      'require-selections',
      "Field `client.id` must be selected when it's available on a type. Include it in your selection set",
      'query Idless { client(id: "1") { phone } }',
    ],
    ['no-deprecated', 'Field "outdated" is marked as deprecated in your GraphQL schema (reason: Planted)', 'query Old { outdated }'],
  ];
  const cases = [...violations, ...operations].map(([rule, message]) => [rule, message] as const);
  let reported: { readonly code: number; readonly output: string };
  beforeAll(async () => {
    const planted = violations.map(([, , text]) => text).join('\n');
    const deprecated = 'extend type Query { "Planted." outdated: Int @deprecated(reason: "Planted") }';
    reported = await npmRun('check:schema-rules', {
      'schema.graphql': [schema.replace('hasNextPage: Boolean!', 'hasNextPage: Boolean'), planted, deprecated].join('\n'),
      ...Object.fromEntries(operations.map(([rule, , text]) => [`examples/typed-clients/${rule}.graphql`, text])),
    });
  });

  test.each(cases)('reports %s: %s', (rule, message) => {
    expect(reported.code).toBe(1);
    expect(reported.output.replace(/\s+/g, ' ')).toContain(`${message} @graphql-eslint/${rule}`);
  });
});

describe('npm run check:schema-changes', () => {
  const released = `
    type Query { client(id: ID!): Client clients(first: Int): [Client] }
    type Client { id: ID! tag: String status: Status }
    input ClientInput { tag: String }
    enum Status { ACTIVE GONE }`;
  const check = async (current: string, unreleased = ''): Promise<{ readonly code: number; readonly output: string }> => {
    const folder = await plant({
      'docs/released-schema.graphql': released,
      'schema.graphql': current,
      'CHANGELOG.md': `# Changelog\n\n## [Unreleased]\n\n${unreleased}\n\n## [0.1.0]\n\n- **Breaking:** \`Client.tag\` is older than that.\n`,
    });
    const { code, stdout, stderr } = await run(folder, process.execPath, ['scripts/check-schema-changes.ts']);
    return { code, output: stdout + stderr };
  };
  const withoutTag = released.replace('id: ID! tag: String', 'id: ID!');

  test('passes what is there', async () => {
    const { code, output } = await npmRun('check:schema-changes', {});
    expect(output).toMatch(/^schema.graphql: \d+ changes since the last release, \d+ of them breaking\n$/);
    expect(code).toBe(0);
  });

  test('passes additions', async () => {
    const additions = released
      .replace('type Client {', 'type Client { "New." phone: String')
      .replace('(first: Int)', '(first: Int, after: ID)');
    expect(await check(additions)).toMatchObject({ code: 0, output: expect.stringContaining('0 of them breaking') });
  });

  test.each([
    ['a field that is gone', withoutTag, 'Client.tag'],
    ['a type that is gone', released.replace('status: Status', '').replace(/enum Status .*/, ''), 'Status'],
    ['a field that may be null now', released.replace('type Client { id: ID!', 'type Client { id: ID'), 'Client.id'],
    ['a field of another type', released.replace('tag: String status', 'tag: Int status'), 'Client.tag'],
    ['an argument that is gone', released.replace('(first: Int)', ''), 'Query.clients.first'],
    ['an argument that is demanded now', released.replace('first: Int', 'first: Int!'), 'Query.clients.first'],
    [
      'an input field that is demanded now',
      released.replace('input ClientInput { tag: String', 'input ClientInput { tag: String!'),
      'ClientInput.tag',
    ],
    ['a value that is gone', released.replace(' GONE', ''), 'Status.GONE'],
  ])('refuses %s', async (_name, current, path) => {
    const refused = await check(current);
    expect(refused.code).toBe(1);
    expect(refused.output).toContain(`\n  ${path}: `);
    expect(refused.output).toContain(`\n  - **Breaking:** \`${path}\` `);
  });

  test('takes them all with an entry that names them, over several lines too', async () => {
    const current = withoutTag.replace(' GONE', '').replace('(first: Int)', '');
    const entries =
      '### Changed\n\n- **Breaking:** `Client.tag` is gone,\n  and so is `Status.GONE`.\n- Else.\n* **Breaking:** no `Query.clients.first`';
    expect(await check(current, entries)).toMatchObject({ code: 0, output: expect.stringContaining('3 of them breaking') });
  });

  test.each([
    ['an entry that does not say Breaking', '- `Client.tag` is gone.'],
    ['an entry for something else', '- **Breaking:** `Client.phone` is gone.'],
    ['a name in another entry than the one that says Breaking', '- **Breaking:** much.\n- `Client.tag` too.'],
    ['an entry of an older version', ''],
  ])('is not content with %s', async (_name, entry) => {
    expect(await check(withoutTag, entry)).toMatchObject({ code: 1, output: expect.stringContaining('Client.tag: ') });
  });

  test('names only those that the changelog does not', async () => {
    const { code, output } = await check(withoutTag.replace(' GONE', ''), '- **Breaking:** `Client.tag` is gone.');
    expect([code, output.includes('Status.GONE: '), output.includes('Client.tag: ')]).toEqual([1, true, false]);
  });
});

describe('npm run release:schema', () => {
  const packageJson = readFileSync(join(project, 'package.json'), 'utf8').replace(/"version": "[^"]*"/, '"version": "9.8.7"');
  const files = {
    'package.json': packageJson,
    'schema.graphql': '# Generated.\n\ntype Query {\n  b: Int\n}\n',
    'docs/released-schema.graphql': 'type Query { a: Int }',
  };

  test('makes the schema of a version that the changelog has the one to compare with', async () => {
    const { code, folder } = await npmRun('release:schema', { ...files, 'CHANGELOG.md': '## [Unreleased]\n\n## [9.8.7] - 2026-11-21\n' });
    expect(code).toBe(0);
    expect(await readFile(join(folder, 'docs/released-schema.graphql'), 'utf8')).toMatch(
      /^# .* 9\.8\.7.*\n\ntype Query \{\n {2}b: Int\n\}\n$/,
    );
    const { code: compared } = await run(folder, 'npm', ['run', '--silent', 'check:schema-changes']);
    expect(compared).toBe(0);
  });

  test('is refused while the changelog has no such version', async () => {
    const { code, output, folder } = await npmRun('release:schema', { ...files, 'CHANGELOG.md': '## [Unreleased]\n\n## [9.8.6]\n' });
    expect([code, output]).toEqual([1, expect.stringContaining('CHANGELOG.md has no section [9.8.7]')]);
    expect(await readFile(join(folder, 'docs/released-schema.graphql'), 'utf8')).toBe(files['docs/released-schema.graphql']);
  });
});

describe('npm run check:codegen', () => {
  const operation = readFileSync(join(project, 'examples/typed-clients/mailing.graphql'), 'utf8');

  test('passes what is there', async () => {
    expect(await npmRun('check:codegen', {})).toMatchObject({ code: 0 });
  });

  test.each([
    ['an operation that has changed', { 'examples/typed-clients/mailing.graphql': operation.replace('text', 'text\n    status') }],
    ['a schema that has changed', { 'schema.graphql': schema.replace('text: String!', 'text: String') }],
    [
      'a scalar that nobody has said how to read',
      {
        'schema.graphql': `${schema}\n"""Planted."""\nscalar Planted\nextend type Mailing {\n  """Planted."""\n  planted: Planted\n}`,
        'examples/typed-clients/mailing.graphql': operation.replace('text', 'text\n    planted'),
      },
    ],
  ])('refuses %s', async (_name, files) => {
    expect(await npmRun('check:codegen', files)).toMatchObject({ code: 1, output: expect.stringContaining('`npm run codegen`') });
  });
});

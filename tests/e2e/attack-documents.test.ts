// Documents that are made to overload, on the real service, over HTTP and over a WebSocket: each is refused alike, and the service goes on.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { internals, startAttackedService } from '../support/attack.ts';
import type { AttackedService } from '../support/attack.ts';

let open: AttackedService;
let shut: AttackedService;
beforeAll(async () => {
  [open, shut] = await Promise.all([startAttackedService(), startAttackedService({ INTROSPECTION: 'off' })]);
});
afterAll(async () => {
  await Promise.all([open[Symbol.asyncDispose](), shut[Symbol.asyncDispose]()]);
});

const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');
const nest = (levels: number, opening: string, middle: string): string => `${opening.repeat(levels)}${middle}${'}'.repeat(levels)}`;

const overloads: [name: string, code: string, document: string][] = [
  ['3,000 aliases', 'GRAPHQL_PARSE_FAILED', `{ ${times(3_000, (n) => `a${n}: __typename`)} }`],
  ['51 aliases', 'GRAPHQL_VALIDATION_FAILED', `{ ${times(51, (n) => `a${n}: __typename`)} }`],
  [
    '51 aliases in fragments',
    'GRAPHQL_VALIDATION_FAILED',
    `{ ...A ...A ...A } fragment A on Query { ${times(17, (n) => `a${n}: __typename`)} }`,
  ],
  ['3,000 directives', 'GRAPHQL_PARSE_FAILED', `{ __typename ${'@skip(if: false) '.repeat(3_000)} }`],
  ['300 unknown directives', 'GRAPHQL_VALIDATION_FAILED', `{ __typename ${'@x '.repeat(300)} }`],
  ['51 directives', 'GRAPHQL_VALIDATION_FAILED', `{ ${times(51, () => '__typename @skip(if: false)')} }`],
  ['60 levels', 'GRAPHQL_VALIDATION_FAILED', `{ ${'messages { nodes { client { '.repeat(20)} id ${'}}}'.repeat(20)} }`],
  [
    '13 levels in fragments',
    'GRAPHQL_VALIDATION_FAILED',
    `{ messages { nodes { ...A } } } ${times(6, (n) => `fragment ${'ABCDEF'[n]} on Message { client { messages { nodes { ...${'BCDEFG'[n]} } } } }`)} fragment G on Message { id }`,
  ],
  ['levels without end', 'GRAPHQL_PARSE_FAILED', '{ a '.repeat(5_000)],
  ['1,900 times one field', 'GRAPHQL_VALIDATION_FAILED', `{ ${'__typename '.repeat(1_900)} }`],
  ['51 root fields', 'GRAPHQL_VALIDATION_FAILED', `{ ${'statistics { clients } '.repeat(51)} }`],
  [
    'fragments that double each other',
    'GRAPHQL_VALIDATION_FAILED',
    `{ ...F0 } ${times(100, (n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`)} fragment F100 on Query { __typename }`,
  ],
  [
    'fragments that spread each other in a circle',
    'GRAPHQL_VALIDATION_FAILED',
    '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
  ],
  ['conflicts to be looked for in pairs', 'GRAPHQL_VALIDATION_FAILED', `{ ${times(200, (n) => `client(id: ${n}) { id }`)} }`],
  [
    'introspection in a circle',
    'GRAPHQL_VALIDATION_FAILED',
    `{ __schema { types { ${nest(7, 'fields { type { ', 'name')} ${'}'.repeat(7)} } } }`,
  ],
  ['types of types of types', 'GRAPHQL_VALIDATION_FAILED', `{ __type(name: "Client") { ${nest(30, 'ofType { ', 'name')} } }`],
  [
    'pages in pages in pages',
    'OPERATION_TOO_EXPENSIVE',
    '{ clients(first: 100) { nodes { messages(first: 100) { nodes { client { messages(first: 100) { nodes { id } } } } } } } }',
  ],
  [
    'pages in pages by variables',
    'OPERATION_TOO_EXPENSIVE',
    'query ($n: Int! = 100) { mailings(first: $n) { nodes { messages(first: $n) { nodes { id } } } } }',
  ],
  ['50 lists at a time', 'OPERATION_TOO_EXPENSIVE', `{ ${times(50, (n) => `a${n}: messages(first: 100) { totalCount nodes { id } }`)} }`],
  [
    '50 counts for each of 100',
    'OPERATION_TOO_EXPENSIVE',
    `{ clients(first: 100) { nodes { ${times(49, (n) => `a${n}: messages { totalCount }`)} } } }`,
  ],
  ['660 levels', 'GRAPHQL_VALIDATION_FAILED', `{ ${'client { '.repeat(660)} id ${'}'.repeat(660)} }`],
  ['600 lists in lists', 'GRAPHQL_VALIDATION_FAILED', `{ clients(where: { tags: ${'['.repeat(600)}${']'.repeat(600)} }) { totalCount } }`],
  ['400 objects in objects', 'GRAPHQL_VALIDATION_FAILED', `{ clients(where: ${'{ a: '.repeat(400)}1${'}'.repeat(400)}) { totalCount } }`],
  [
    'a type of 600 lists',
    'GRAPHQL_VALIDATION_FAILED',
    `query ($a: ${'['.repeat(600)}Int${']'.repeat(600)}) { clients(first: $a) { totalCount } }`,
  ],
  ['a subscription to perhaps nothing', 'GRAPHQL_VALIDATION_FAILED', 'subscription { statistics @include(if: false) { clients } }'],
  [
    'one whose condition is no boolean',
    'GRAPHQL_VALIDATION_FAILED',
    'subscription { ...A } fragment A on Subscription { statistics @skip(if: e) { clients } }',
  ],
  [
    'one whose condition is a variable',
    'GRAPHQL_VALIDATION_FAILED',
    'subscription ($no: Boolean!) { statistics @skip(if: $no) { clients } }',
  ],
  ['an endless string', 'GRAPHQL_PARSE_FAILED', `{ client(id: "${'x'.repeat(30_000)}`],
  ['a block string of nothing', 'GRAPHQL_PARSE_FAILED', `{ client(id: """${'\\n'.repeat(20_000)}`],
  ['20,000 comments and no operation', 'GRAPHQL_PARSE_FAILED', '#\n'.repeat(20_000)],
  ['a list in a list in a list as an argument', 'GRAPHQL_PARSE_FAILED', `{ clients(where: { tags: ${'['.repeat(10_000)}`],
];

describe.each(overloads)('%s', (_name, code, document) => {
  test(`is refused with ${code} on both transports, with nothing of ours in it`, async () => {
    const answers = [await open.http({ query: document }), await open.socket({ query: document })];
    expect(answers.map(({ status }) => status)).toEqual([400, 'error']);
    for (const { codes, text } of answers) {
      expect(new Set(codes)).toEqual(new Set([code]));
      expect(text.length).toBeLessThan(32 * 1024);
      expect(text).not.toMatch(internals);
    }
    expect((await open.http({ query: '{ __typename }' })).status).toBe(200);
  });
});

describe('a batch', () => {
  test('is not taken over HTTP, of whatever length', async () => {
    for (const length of [1, 2, 1_000]) {
      const { status, codes } = await open.http(Array.from({ length }, () => ({ query: '{ __typename }' })));
      expect([status, codes]).toEqual([400, ['BAD_REQUEST']]);
    }
  });

  test('is not taken over a WebSocket, which is closed', async () => {
    expect((await open.socket([{ query: '{ __typename }' }])).status).toBe('closed 4400');
    expect((await open.socket({ query: '{ __typename }' })).status).toBe('next');
  });

  test('of operations in one document runs the one that is named, or none', async () => {
    const query = times(100, (n) => `query Q${n} { __typename }`);
    for (const ask of [open.http, open.socket]) {
      expect((await ask({ query, operationName: 'Q7' })).data).toEqual({ __typename: 'Query' });
      expect((await ask({ query })).codes).toEqual(['OPERATION_RESOLUTION_FAILURE']);
    }
  });
});

describe('without introspection', () => {
  const questions: [name: string, payload: object][] = [
    ['the schema', { query: '{ __schema { queryType { name } } }' }],
    ['a type', { query: '{ __type(name: "Client") { fields { name } } }' }],
    ['a type inside a fragment', { query: '{ ...A } fragment A on Query { a: __type(name: "Client") { name } }' }],
    ['a field that is nearly right', { query: '{ cliens { totalCount } }' }],
    ['an argument that is nearly right', { query: '{ clients(frist: 1) { totalCount } }' }],
    ['a type that is nearly right', { query: 'query ($a: ClientWher) { clients(where: $a) { totalCount } }' }],
    ['a fragment on nearly a type', { query: '{ clients { ... on ClientConnectio { totalCount } } }' }],
    ['an input field that is nearly right', { query: '{ clients(where: { tag: "x" }) { totalCount } }' }],
    [
      'an input field in variables',
      { query: 'query ($a: ClientWhere) { clients(where: $a) { totalCount } }', variables: { a: { tag: 'x' } } },
    ],
    ['an enum value that is nearly right', { query: '{ clients(orderBy: CREATED_AT_AS) { totalCount } }' }],
    [
      'an enum value in variables',
      { query: 'query ($a: ClientOrder!) { clients(orderBy: $a) { totalCount } }', variables: { a: 'CREATED_AT_AS' } },
    ],
    ['a directive that is nearly right', { query: '{ __typename @includ(if: true) }' }],
  ];

  test.each(questions)('%s is not told, and nothing is guessed at, on both transports', async (_name, payload) => {
    for (const { codes, text } of [await shut.http(payload), await shut.socket(payload)]) {
      expect(codes.length).toBeGreaterThan(0);
      expect(text).not.toMatch(/did you mean|CREATED_AT_ASC|"tags"|ClientConnection"|queryType":|"fields":\[/i);
    }
  });

  test('the same mistakes are helped with where it is on', async () => {
    for (const ask of [open.http, open.socket]) {
      expect((await ask({ query: '{ cliens { totalCount } }' })).text).toContain('Did you mean');
      const { query, variables } = {
        query: 'query ($a: ClientOrder!) { clients(orderBy: $a) { totalCount } }',
        variables: { a: 'CREATED_AT_AS' },
      };
      expect((await ask({ query, variables })).text).toContain('Did you mean');
    }
  });

  test('what is asked properly is answered', async () => {
    for (const ask of [shut.http, shut.socket])
      expect((await ask({ query: '{ __typename statistics { clients } }' })).data).toMatchObject({ __typename: 'Query' });
  });
});

test('nothing of all this was a fault of the service', () => {
  expect([open.faults(), shut.faults()]).toEqual([[], []]);
});

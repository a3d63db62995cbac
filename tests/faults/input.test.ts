// Input that means harm, or only looks like it, through the real service: hostile texts are delivered as they are or refused whole, and
// operations that would cost too much are refused alike on both transports.
import { describe, expect, test } from 'vitest';
import { useEndToEnd } from '../support/e2e-setup.ts';
import { eventually } from '../support/eventually.ts';
import { postGraphql, subscribeTo } from '../support/graphql-client.ts';
import { createMailing, finished } from '../support/scenario.ts';

const e2e = useEndToEnd();

const harmless = [
  ['SQL', "'); drop table message; -- \\'; select pg_sleep(9) /* $1 $$ */ %s %I"],
  ['emoji and joiners', '👩‍👩‍👧‍👦🏳️‍🌈 e\u0301 \u{1F9D1}\u{1F3FD}'],
  ['right to left, with overrides', 'مرحبا \u202Eevil\u202C שלום \u200F'],
  ['JSON and markup', '{"a":"\\u0000"}\\n<script>alert(1)</script>\t"quoted" \u2028\u2029'],
  ['format characters', '\uFEFFzero\u200Bwidth\u2060'],
] as const;

const createClient =
  'mutation ($input: CreateClientInput!) { createClient(input: $input) { client { id tag } userErrors { code field } } }';
interface CreatedClient {
  createClient: { client: { id: string; tag: string } | null; userErrors: { code: string; field: string[] }[] };
}

describe('a text and a tag', () => {
  test.each(harmless)('of %s are kept, matched and delivered to the last character', async (_, text) => {
    const tag = text.slice(0, 40).trim();
    const { createClient: created } = await e2e.service.query<CreatedClient>(createClient, {
      input: { phone: '79161234567', tag, timeZone: 'UTC' },
    });
    expect(created).toMatchObject({ userErrors: [], client: { tag } });
    await e2e.service.query<CreatedClient>(createClient, { input: { phone: '79161234568', tag: 'another', timeZone: 'UTC' } });
    const id = await createMailing(e2e.service, { text, filter: { tags: [tag] } });
    expect(await finished(e2e.service, id)).toMatchObject({ total: 1, sent: 1 });
    expect(e2e.requestsFor(text).map(({ body }) => body?.phone)).toEqual(['79161234567']);
  });

  test.each([
    ['NUL', 'a\\u0000b'],
    ['the first half of a surrogate pair', 'a\\ud83d'],
    ['the second half of a surrogate pair', '\\ude00b'],
  ])('with %s are refused as errors of the user, also as they stand in the document', async (_, escaped) => {
    const period = 'startsAt: "2100-01-01T00:00:00Z", endsAt: "2100-01-02T00:00:00Z"';
    const document = `mutation { createMailing(input: { text: "${escaped}", ${period}, filter: { tags: ["${escaped}"] } }) { userErrors { code } }
      createClient(input: { phone: "79161234569", timeZone: "UTC", tag: "${escaped}" }) { userErrors { code } } }`;
    const byDocument = await postGraphql<Record<string, { userErrors: { code: string }[] }>>(e2e.service.url, document);
    // GraphQL itself knows no halves in its strings: then it is the document that is refused.
    const codes = Object.values(byDocument.data ?? {}).flatMap(({ userErrors }) => userErrors.map(({ code }) => code));
    if (byDocument.errors === undefined) expect(new Set(codes)).toEqual(new Set(['INVALID_TEXT', 'INVALID_FILTER', 'INVALID_TAG']));
    else expect(byDocument.errors.map(({ extensions }) => extensions?.code)).toEqual(['GRAPHQL_PARSE_FAILED']);

    const tag = JSON.parse(`"${escaped}"`) as string;
    const { createClient: created } = await e2e.service.query<CreatedClient>(createClient, {
      input: { phone: '79161234569', timeZone: 'UTC', tag },
    });
    expect(created).toMatchObject({ client: null, userErrors: [{ code: 'INVALID_TAG' }] });
    await expect(createMailing(e2e.service, { text: tag })).rejects.toThrow('INVALID_TEXT');
  });
});

const repeat = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ');

describe('an operation that is a bomb', () => {
  test.each([
    ['5,000 aliases', `{ ${repeat(5_000, (i) => `a${i}: __typename`)} }`],
    ['60 aliases of an expensive field', `{ ${repeat(60, (i) => `a${i}: clients(first: 100) { totalCount }`)} }`],
    ['a depth of 40', `{ clients { ${'nodes { messages { nodes { client { '.repeat(10)} id ${'} } } } '.repeat(10)} } }`],
    ['1,000 directives', `{ __typename ${repeat(1_000, () => '@include(if: true)')} }`],
    [
      'fragments that double each other',
      `{ ...f0 } ${repeat(25, (i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`)} fragment f25 on Query { __typename }`,
    ],
    ['one field 3,000 times', `{ ${repeat(3_000, () => '__typename')} }`],
  ])('of %s is refused on both transports, and the service goes on', async (_, bomb) => {
    const byHttp = await postGraphql<unknown>(e2e.service.url, bomb);
    expect(byHttp.data ?? null).toBeNull();
    expect(byHttp.errors?.length).toBeGreaterThan(0);
    for (const { extensions } of byHttp.errors ?? [])
      expect(['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED']).toContain(extensions?.code);
    await using subscription = subscribeTo(e2e.service.url, bomb);
    await expect(subscription.completed()).rejects.toThrow();
    expect(subscription.results).toEqual([]);
    await eventually(async () => expect((await fetch(`${e2e.service.url}/readyz`)).status).toBe(200));
  });
});

describe('a body that is none', () => {
  test.each([
    ['cut JSON', '{"query":"{ __typ'],
    ['a number', '42'],
    ['null', 'null'],
    ['bad UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    ['nothing', ''],
    ['deeply nested JSON', `{"query":"{ __typename }","variables":${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
  ])('but %s is answered with 4xx, and the service goes on', async (_, body) => {
    const response = await fetch(`${e2e.service.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(await response.text()).not.toMatch(/\bat .*\.js|node_modules/);
    await eventually(async () => expect((await fetch(`${e2e.service.url}/readyz`)).status).toBe(200));
  });
});

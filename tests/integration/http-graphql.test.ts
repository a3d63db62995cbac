// GraphQL over HTTP: methods, media types, broken bodies, limits.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTinyApi } from '../support/tiny-api.ts';
import type { TinyApi } from '../support/tiny-api.ts';

const MIB = 1024 * 1024;

let api: TinyApi;
beforeAll(async () => {
  api = await startTinyApi();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(`${api.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });
const get = (search: string, headers: Record<string, string> = {}) =>
  fetch(`${api.url}/graphql${search}`, { headers: { 'apollo-require-preflight': '1', ...headers } });
const streamTo = (body: ReadableStream, signal: AbortSignal | null = null) => {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half', signal } as const;
  return fetch(`${api.url}/graphql`, init);
};
const answerOf = async (response: Response) => [response.status, await response.json()];
const codeOf = async (response: Response) => [
  response.status,
  ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code,
];

describe('a query', () => {
  test('is answered by POST and by GET', async () => {
    const query = 'query Q($name: String) { hello(name: $name) }';
    const variables = { name: 'Жанна 👋' };
    const expected = [200, { data: { hello: 'hello Жанна 👋' }, extensions: { cost: { requested: 0, limit: 5_000 } } }];
    expect(await answerOf(await post(JSON.stringify({ query, variables })))).toEqual(expected);
    expect(
      await answerOf(await get(`?query=${encodeURIComponent(query)}&variables=${encodeURIComponent(JSON.stringify(variables))}`)),
    ).toEqual(expected);
  });

  test('is answered in the media type that the client asks for', async () => {
    const typeFor = async (accept: string) => (await post('{"query":"{ hello }"}', { accept })).headers.get('content-type');
    expect(await typeFor('application/json')).toBe('application/json; charset=utf-8');
    expect(await typeFor('*/*')).toBe('application/json; charset=utf-8');
    expect(await typeFor('application/graphql-response+json')).toBe('application/graphql-response+json; charset=utf-8');
    expect((await post('{"query":"{ hello }"}', { accept: 'image/png' })).status).toBe(406);
  });

  test('knows the id of its request, and its faults are masked', async () => {
    const response = await post('{"query":"{ context secret }"}', { 'x-request-id': 'req-3' });
    const text = await response.text();
    expect(response.headers.get('x-request-id')).toBe('req-3');
    expect(JSON.parse(text)).toMatchObject({
      data: { context: 'req-3', secret: null },
      errors: [{ message: 'Internal error', path: ['secret'] }],
    });
    expect(text).not.toMatch(/hunter2|stack/);
  });

  test('of HEAD has no body', async () => {
    const response = await fetch(`${api.url}/graphql?query={hello}`, { method: 'HEAD', headers: { 'apollo-require-preflight': '1' } });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});

describe('refused', () => {
  test('is a mutation by GET, and a GET that another site could make', async () => {
    expect((await get('?query=mutation{increment}')).status).toBe(405);
    expect(await codeOf(await fetch(`${api.url}/graphql?query={hello}`))).toEqual([400, 'BAD_REQUEST']);
  });

  test('is a form of another site, and every other media type', async () => {
    const body = '{"query":"mutation { increment }"}';
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/graphql',
      '',
      'application/json; charset=utf-16',
    ]) {
      expect(await codeOf(await post(body, { 'content-type': type }))).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    }
    expect(await codeOf(await post(body, { 'content-encoding': 'gzip' }))).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(await answerOf(await post(body, { 'content-type': 'Application/JSON;charset="UTF-8"' }))).toEqual([
      200,
      { data: { increment: 1 }, extensions: { cost: { requested: 10, limit: 5_000 } } },
    ]);
  });

  test.each([
    ['nothing', ''],
    ['no JSON', '{"query":'],
    ['bytes that are not UTF-8', Uint8Array.from(Buffer.from('{"query":"{ hello }","x":"\xff"}', 'latin1'))],
    ['a list', '[{"query":"{ hello }"}]'],
    ['a string', '"{ hello }"'],
    ['null', 'null'],
    ['a query that is none', '{"query":7}'],
    ['variables that are none', '{"query":"{ hello }","variables":[]}'],
    ['an endless nest', `{"query":"{ hello }","variables":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
  ])('is a body of %s, with 400', async (_name, body) => {
    const response = await post(body);
    expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/json; charset=utf-8']);
    expect(await response.json()).toMatchObject({ errors: [{ message: expect.any(String) }] });
  });

  test('is a body beyond 1 MiB, with 413, however large; one just below is answered', async () => {
    const bodyOf = (size: number) => {
      const frame = JSON.stringify({ query: '{ hello }', variables: { pad: '' } });
      return frame.replace('"pad":""', `"pad":"${'x'.repeat(size - frame.length)}"`);
    };
    expect((await post(bodyOf(MIB))).status).toBe(200);
    expect(await codeOf(await post(bodyOf(MIB + 1)))).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    expect(await codeOf(await post(bodyOf(8 * MIB)))).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });

  test('is a body that never says how long it is, before it has filled the memory', async () => {
    let sent = 0;
    const endless = new ReadableStream({
      pull: (controller) => {
        sent += 1;
        controller.enqueue(new Uint8Array(64 * 1024));
      },
    });
    await streamTo(endless).then(
      (response) => expect(response.status).toBe(413),
      (error: unknown) => expect(String(error)).toMatch(/fetch failed|terminated/),
    );
    // 16 MiB and what lay in buffers between the two.
    expect(sent).toBeLessThan(1_000);
  });
});

describe('a refusal', () => {
  const large = JSON.stringify({ query: '{ hello }', variables: { pad: 'x'.repeat(MIB) } });

  test.each([
    ['without a token', 401, 'UNAUTHENTICATED', '{"query":"{ hello }"}', {}],
    [
      'of another media type',
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      'query={hello}',
      { authorization: 'ann', 'content-type': 'application/x-www-form-urlencoded' },
    ],
    ['too large', 413, 'PAYLOAD_TOO_LARGE', large, { authorization: 'ann' }],
    ['not JSON', 400, 'BAD_REQUEST', '{"query"', { authorization: 'ann' }],
    ['no operation', 400, 'BAD_REQUEST', '{}', { authorization: 'ann' }],
  ] as const)('of a request that is %s is %i in the media type that the client prefers', async (_name, status, code, body, headers) => {
    await using guarded = await startTinyApi({
      authenticate: async (authorization) =>
        authorization === undefined
          ? { ok: false, reason: 'missing', message: 'There is no token.' }
          : { ok: true, principal: { subject: authorization, role: 'viewer', expiresAt: null } },
    });
    for (const [accept, type] of [
      ['application/graphql-response+json', 'application/graphql-response+json; charset=utf-8'],
      ['application/graphql-response+json, application/json;q=0.9', 'application/graphql-response+json; charset=utf-8'],
      ['application/json, application/graphql-response+json;q=0.9', 'application/json; charset=utf-8'],
      ['*/*', 'application/json; charset=utf-8'],
    ] as const) {
      const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers, accept }, body };
      const response = await fetch(`${guarded.url}/graphql`, init);
      expect([response.headers.get('content-type'), ...(await codeOf(response))]).toEqual([type, status, code]);
    }
  });

  test('of what is wrong with a document is 400 in application/graphql-response+json, and 200 in application/json', async () => {
    for (const [query, code] of [
      ['{', 'GRAPHQL_PARSE_FAILED'],
      ['{ nowhere }', 'GRAPHQL_VALIDATION_FAILED'],
      ['query A { hello } query B { hello }', 'OPERATION_RESOLUTION_FAILURE'],
      ['query ($name: String!) { hello(name: $name) }', 'BAD_USER_INPUT'],
    ] as const) {
      const body = JSON.stringify({ query });
      expect(await codeOf(await post(body, { accept: 'application/graphql-response+json' }))).toEqual([400, code]);
      expect(await codeOf(await post(body, { accept: 'application/json' }))).toEqual([200, code]);
    }
  });
});

test('a client that hangs up in the middle of its body disturbs nobody', async () => {
  const controller = new AbortController();
  const half = new ReadableStream({
    start: (stream) => {
      stream.enqueue(new TextEncoder().encode('{"query":'));
      setImmediate(() => controller.abort());
    },
  });
  const hangingUp = streamTo(half, controller.signal);
  await expect(hangingUp).rejects.toThrow();
  expect((await post('{"query":"{ hello }"}')).status).toBe(200);
});

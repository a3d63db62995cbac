// What the WebSocket door refuses, and how it says so.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { getIntrospectionQuery } from 'graphql';
import { eventually } from '../support/eventually.ts';
import { postGraphql } from '../support/graphql-client.ts';
import { openWebSocket } from '../support/raw-web-socket.ts';
import type { RawWebSocketOptions } from '../support/raw-web-socket.ts';
import { startTinyApi } from '../support/tiny-api.ts';
import type { TinyApi } from '../support/tiny-api.ts';

const STATE = 'subscription S($id: ID!) { state(id: $id) { version } }';

let api: TinyApi;
beforeAll(async () => {
  api = await startTinyApi();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});
afterEach(async () => {
  await eventually(() => expect(api.door.counts()).toEqual({ connections: 0, groups: 0, members: 0 }));
});

const codesOf = (payload: unknown) => (payload as { extensions: { code: string } }[]).map(({ extensions }) => extensions.code);

describe('a connection', () => {
  test('of a page of another site is refused with 403, one of our own pages and one without a browser are not', async () => {
    const { host } = new URL(api.url);
    await expect(openWebSocket(api.url, { headers: { origin: 'https://evil.example' } })).rejects.toThrow('refused with 403');
    await expect(openWebSocket(api.url, { headers: { origin: 'null' } })).rejects.toThrow('refused with 403');
    await expect(openWebSocket(api.url, { headers: { origin: `http://${host}.evil.example` } })).rejects.toThrow('refused with 403');
    using same = await openWebSocket(api.url, { headers: { origin: `http://${host}` } });
    using none = await openWebSocket(api.url);
    expect([same, none].map(({ socket }) => socket.readyState)).toEqual([1, 1]);
  });

  test('on another path is refused with 404', async () => {
    await expect(openWebSocket(`${api.url}/elsewhere`)).rejects.toThrow('refused with 404');
  });

  test.each([
    ['without a subprotocol', { protocol: '', init: null }, 4406],
    ['that never says connection_init', { init: null }, 4408],
  ] satisfies [string, RawWebSocketOptions, number][])('%s is closed with its code', async (_name, options, code) => {
    await using hasty = await startTinyApi({ times: { initTimeoutMs: 200 } });
    using raw = await openWebSocket(hasty.url, options);
    expect(await raw.closed).toMatchObject({ code });
  });

  test('with the old subprotocol is not opened by a client that minds, and closed with 4406', async () => {
    await expect(openWebSocket(api.url, { protocol: 'graphql-ws', init: null })).rejects.toThrow(/no subprotocol/i);
  });

  test.each([
    ['not JSON', 'hello', 4400],
    ['of no known type', { type: 'shout' }, 4400],
    ['a second connection_init', { type: 'connection_init' }, 4429],
  ] as const)('with a message %s is closed with %i', async (_name, message, code) => {
    using raw = await openWebSocket(api.url);
    raw.send(message);
    expect(await raw.closed).toMatchObject({ code });
  });

  test('with a message that only servers send is closed with 4400, not as a fault of ours', async () => {
    using raw = await openWebSocket(api.url);
    raw.send({ id: '1', type: 'next', payload: {} });
    expect(await raw.closed).toMatchObject({ code: 4400 });
  });

  test('that subscribes before it is acknowledged is closed with 4401', async () => {
    using raw = await openWebSocket(api.url, { init: null });
    raw.subscribe('1', '{ hello }');
    expect(await raw.closed).toMatchObject({ code: 4401 });
  });

  test('with a message of more than 64 KiB is closed with 1009, and one just below is answered', async () => {
    using raw = await openWebSocket(api.url);
    raw.subscribe('1', 'query Q($name: String) { hello(name: $name) }', { name: 'x'.repeat(64 * 1024 - 200) });
    await raw.frame(({ type }) => type === 'complete');
    raw.subscribe('2', '{ hello }', { name: 'x'.repeat(64 * 1024) });
    expect(await raw.closed).toMatchObject({ code: 1009 });
  });

  test('is cut when it no longer answers pings', async () => {
    await using strict = await startTinyApi({ times: { pingMs: 1_000 } });
    using mute = await openWebSocket(strict.url);
    using alive = await openWebSocket(strict.url);
    mute.subscribe('1', STATE, { id: 'a' });
    await mute.frame(({ type }) => type === 'next');
    mute.socket.pause();

    await eventually(() => expect(strict.door.counts()).toEqual({ connections: 1, groups: 0, members: 0 }));

    alive.subscribe('1', '{ hello }');
    await alive.frame(({ type }) => type === 'complete');
  });
});

describe('operations', () => {
  test('beyond 100 at a time on one connection are refused, the others go on', async () => {
    using raw = await openWebSocket(api.url);
    for (let id = 0; id < 100; id += 1) raw.subscribe(String(id), STATE, { id: 'a' });
    await raw.frame(({ id }) => id === '99');

    raw.subscribe('100', STATE, { id: 'a' });
    const refused = await raw.frame(({ id }) => id === '100');
    raw.send({ id: '7', type: 'complete' });
    raw.subscribe('101', STATE, { id: 'a' });
    const accepted = await raw.frame(({ id }) => id === '101');

    expect(refused.type).toBe('error');
    expect(codesOf(refused.payload)).toEqual(['TOO_MANY_OPERATIONS']);
    expect(accepted.type).toBe('next');
    expect(api.door.counts().members).toBe(100);
  });

  test.each([
    ['that do not parse', '{ hello', {}, 'GRAPHQL_PARSE_FAILED'],
    ['with more than 2,000 tokens', `{ hello ${'hello '.repeat(2_000)} }`, {}, 'GRAPHQL_PARSE_FAILED'],
    ['that are not valid', '{ goodbye }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'with too many aliases',
      `{ ${Array.from({ length: 51 }, (_, index) => `a${index}: hello`).join(' ')} }`,
      {},
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['that are too deep', `{ ${'self { '.repeat(12)} hello ${'}'.repeat(12)} }`, {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['with a wrong variable', STATE, { id: ['a', 'b'] }, 'BAD_USER_INPUT'],
    ['without a needed variable', STATE, {}, 'BAD_USER_INPUT'],
  ])('%s are refused with the same words and code as on HTTP', async (_name, query, variables, code) => {
    using raw = await openWebSocket(api.url);
    raw.subscribe('1', query, variables);

    const { type, payload } = await raw.frame(({ id }) => id === '1');

    expect(type).toBe('error');
    expect(codesOf(payload)).toContain(code);
    if (!query.startsWith('subscription')) expect((await postGraphql(api.url, query, variables)).errors).toEqual(payload);
  });

  test('with several in the document and none named, or with too long an id, are refused', async () => {
    using raw = await openWebSocket(api.url);
    raw.subscribe('1', 'query A { hello } query B { hello }');
    raw.subscribe('2'.repeat(129), '{ hello }');

    const [unnamed, long] = [await raw.frame(({ id }) => id === '1'), await raw.frame(({ id }) => id?.startsWith('2') === true)];

    expect(codesOf(unnamed.payload)).toEqual(['OPERATION_RESOLUTION_FAILURE']);
    expect(codesOf(long.payload)).toEqual(['BAD_REQUEST']);
  });

  test('that introspect are answered on both transports, or refused on both', async () => {
    const query = getIntrospectionQuery({ descriptions: true, schemaDescription: true, inputValueDeprecation: true, oneOf: true });
    await using closed = await startTinyApi({ introspection: false });
    using open = await openWebSocket(api.url);
    using shut = await openWebSocket(closed.url);

    open.subscribe('1', query);
    shut.subscribe('1', query);

    expect((await open.frame(({ id }) => id === '1')).type).toBe('next');
    expect(codesOf((await shut.frame(({ id }) => id === '1')).payload)).toContain('GRAPHQL_VALIDATION_FAILED');
    expect((await postGraphql(api.url, query)).errors).toBeUndefined();
    expect((await postGraphql(closed.url, query)).errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
  });
});

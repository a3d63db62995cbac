// What one caller may ask for, on both transports: requests over time, WebSockets at a time, trusted documents.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Authenticate } from '../../src/domain/principal.ts';
import { makeChooseDocument } from '../../src/graphql/trusted-documents.ts';
import { eventually } from '../support/eventually.ts';
import { postGraphql } from '../support/graphql-client.ts';
import { openWebSocket } from '../support/raw-web-socket.ts';
import { startTinyApi } from '../support/tiny-api.ts';

/** Whatever the token says is the caller's name. */
const byName: Authenticate = async (authorization) =>
  authorization === undefined
    ? { ok: false, reason: 'missing', message: 'no token' }
    : { ok: true, principal: { subject: authorization, role: 'viewer', expiresAt: null } };

const ask = async (url: string, name = 'ann') =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: name },
    body: '{"query":"{ hello }"}',
  });
const codeOf = (payload: unknown) => (payload as { extensions: { code: string } }[])[0]?.extensions.code;

describe('requests of one caller', () => {
  test('beyond the rate are refused with 429 and Retry-After, those of another caller are not', async () => {
    await using api = await startTinyApi({ authenticate: byName, requestsPerSecond: 1 });
    for (let request = 0; request < 10; request += 1) expect((await ask(api.url)).status).toBe(200);

    const refused = await ask(api.url);

    expect([refused.status, refused.headers.get('content-type')]).toEqual([429, 'application/json; charset=utf-8']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect(await refused.json()).toMatchObject({
      errors: [{ message: expect.stringContaining('try again'), extensions: { code: 'RATE_LIMITED' } }],
    });
    expect((await ask(api.url, 'bob')).status).toBe(200);
  });

  test('are counted together with the operations on its WebSockets, which are told how long to wait', async () => {
    await using api = await startTinyApi({ authenticate: byName, requestsPerSecond: 1 });
    for (let request = 0; request < 9; request += 1) await ask(api.url);
    using socket = await openWebSocket(api.url, { init: { authorization: 'ann' } });
    socket.subscribe('1', '{ hello }');
    socket.subscribe('2', 'subscription { state(id: "a") { version } }');

    expect((await socket.frame(({ id }) => id === '1')).type).toBe('next');
    const refused = await socket.frame(({ id }) => id === '2');

    expect(refused).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) } }],
    });
    expect(socket.socket.readyState).toBe(1);
  });

  test('without authentication are those of one address', async () => {
    await using api = await startTinyApi({ requestsPerSecond: 1 });
    for (let request = 0; request < 10; request += 1) await ask(api.url, `name ${request}`);
    expect((await ask(api.url)).status).toBe(429);
    expect((await fetch(`${api.url}/healthz`)).status).toBe(200);
  });
});

describe('WebSockets of one caller', () => {
  test('beyond the limit are closed with 1013, those of another caller are not; one that goes makes room', async () => {
    await using api = await startTinyApi({ authenticate: byName, connectionsPerCaller: 2 });
    using first = await openWebSocket(api.url, { init: { authorization: 'ann' } });
    using second = await openWebSocket(api.url, { init: { authorization: 'ann' } });
    using third = await openWebSocket(api.url, { init: null });
    third.send({ type: 'connection_init', payload: { authorization: 'ann' } });
    expect(await third.closed).toMatchObject({ code: 1013 });
    using other = await openWebSocket(api.url, { init: { authorization: 'bob' } });

    first.socket.close();
    await first.closed;

    await eventually(async () => {
      using again = await openWebSocket(api.url, { init: null });
      again.send({ type: 'connection_init', payload: { authorization: 'ann' } });
      await again.frame(({ type }) => type === 'connection_ack', 1_000);
    });
    expect([second, other].map(({ socket }) => socket.readyState)).toEqual([1, 1]);
  });

  test('that say nothing are counted by address, and refused with 429 before they are one', async () => {
    await using api = await startTinyApi({ connectionsPerCaller: 2 });
    using first = await openWebSocket(api.url, { init: null });
    using second = await openWebSocket(api.url, { init: null });
    await expect(openWebSocket(api.url, { init: null })).rejects.toThrow('refused with 429');

    first.send({ type: 'connection_init' });
    await first.frame(({ type }) => type === 'connection_ack');

    using third = await openWebSocket(api.url, { init: null });
    expect([second, third].map(({ socket }) => socket.readyState)).toEqual([1, 1]);
  });
});

describe('trusted documents', () => {
  const hello = 'query Hello { hello }';
  const watch = 'subscription Watch { state(id: "a") { version } }';
  const idOf = (text: string) => createHash('sha256').update(text).digest('hex');
  const chooseDocument = makeChooseDocument(new Map([hello, watch].map((text) => [idOf(text), text])));
  const post = async (url: string, body: unknown) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return [response.status, await response.json()] as const;
  };
  const answered = [200, { data: { hello: 'hello you' } }] as const;

  test('alone run over HTTP: by id or text, by POST or GET', async () => {
    await using api = await startTinyApi({ chooseDocument });
    const persistedQuery = { version: 1, sha256Hash: idOf(hello) };
    const get = async (search: string) => {
      const response = await fetch(`${api.url}/graphql?${search}`, { headers: { 'apollo-require-preflight': '1' } });
      return [response.status, await response.json()] as const;
    };
    expect(await post(api.url, { query: hello })).toMatchObject(answered);
    expect(await post(api.url, { documentId: `sha256:${idOf(hello)}` })).toMatchObject(answered);
    expect(await post(api.url, { extensions: { persistedQuery } })).toMatchObject(answered);
    expect(await get(`documentId=${idOf(hello)}`)).toMatchObject(answered);
    expect(await get(`extensions=${encodeURIComponent(JSON.stringify({ persistedQuery }))}`)).toMatchObject(answered);
    expect(await get(`query=${encodeURIComponent(hello)}`)).toMatchObject(answered);
    for (const [body, code] of [
      [{ query: '{ hello }' }, 'DOCUMENT_NOT_TRUSTED'],
      [{ query: hello, documentId: idOf('x') }, 'PERSISTED_QUERY_NOT_FOUND'],
      [{ query: '{ hello }', extensions: { persistedQuery: { version: 1, sha256Hash: idOf('{ hello }') } } }, 'PERSISTED_QUERY_NOT_FOUND'],
    ] as const) {
      expect(await post(api.url, body)).toMatchObject([400, { errors: [{ extensions: { code } }] }]);
    }
    expect(await get('query={hello}')).toMatchObject([400, { errors: [{ extensions: { code: 'DOCUMENT_NOT_TRUSTED' } }] }]);
    expect((await post(api.url, [{ query: hello }]))[0]).toBe(400);
  });

  test('alone run on a WebSocket', async () => {
    await using api = await startTinyApi({ chooseDocument });
    using socket = await openWebSocket(api.url);
    socket.send({ id: '1', type: 'subscribe', payload: { query: '', extensions: { documentId: idOf(watch) } } });
    socket.send({ id: '2', type: 'subscribe', payload: { query: '', documentId: idOf(hello) } });
    socket.subscribe('3', '{ hello }');
    socket.subscribe('4', 'subscription { state(id: "a") { version } }');

    expect(await socket.frame(({ id }) => id === '1')).toMatchObject({ type: 'next', payload: { data: { state: { version: 1 } } } });
    expect(await socket.frame(({ id }) => id === '2')).toMatchObject({ type: 'next', payload: { data: { hello: 'hello you' } } });
    for (const asked of ['3', '4']) expect(codeOf((await socket.frame(({ id }) => id === asked)).payload)).toBe('DOCUMENT_NOT_TRUSTED');
  });

  test('that are not listed anywhere run when there is no list; a document cannot be registered by asking', async () => {
    await using api = await startTinyApi();
    expect((await postGraphql(api.url, '{ hello }')).errors).toBeUndefined();
    const register = { query: hello, extensions: { persistedQuery: { version: 1, sha256Hash: idOf(hello) } } };
    expect(await post(api.url, register)).toMatchObject([200, { errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } }] }]);
  });
});

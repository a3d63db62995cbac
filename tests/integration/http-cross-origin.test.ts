// What a browser is told about pages of other sites: preflights, readable answers, WebSockets.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWebSocket } from '../support/raw-web-socket.ts';
import { startTinyApi } from '../support/tiny-api.ts';
import type { TinyApi } from '../support/tiny-api.ts';

const console = 'https://console.example';

let api: TinyApi;
beforeAll(async () => {
  api = await startTinyApi({ allowedOrigins: [console, 'http://localhost:5173'] });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const preflight = (origin: string, path = '/graphql') =>
  fetch(`${api.url}${path}`, {
    method: 'OPTIONS',
    headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' },
  });
const ask = (origin: string) =>
  fetch(`${api.url}/graphql`, { method: 'POST', headers: { origin, 'content-type': 'application/json' }, body: '{"query":"{ hello }"}' });
const corsHeaders = ({ headers }: Response) => [...headers].filter(([name]) => name.startsWith('access-control-')).map(([name]) => name);

describe('a page of an allowed origin', () => {
  test('may ask with a token, and reads the answer', async () => {
    const { status, headers } = await preflight(console);
    expect(status).toBe(204);
    expect(headers.get('access-control-allow-origin')).toBe(console);
    expect(headers.get('access-control-allow-methods')).toBe('GET, HEAD, POST');
    expect(headers.get('access-control-allow-headers')).toContain('authorization');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    const answer = await ask(console);
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, console]);
    expect(answer.headers.get('access-control-expose-headers')).toContain('x-request-id');
    expect(answer.headers.get('vary')).toMatch(/origin.*accept/);
  });

  test('reads refusals, too', async () => {
    const answer = await fetch(`${api.url}/nowhere`, { headers: { origin: console } });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([404, console]);
  });

  test('may open a WebSocket', async () => {
    using socket = await openWebSocket(api.url, { headers: { origin: console } });
    expect(socket.socket.readyState).toBe(1);
  });
});

describe('a page of another origin', () => {
  test.each([
    'https://evil.example',
    'null',
    'https://console.example.evil.example',
    'http://console.example',
    'https://console.example:8443',
    'https://sub.console.example',
    '',
  ])('(%s) is told nothing, and no WebSocket is opened for it', async (origin) => {
    const asked = await preflight(origin);
    expect([asked.status, corsHeaders(asked)]).toEqual([403, []]);
    expect(await asked.json()).toMatchObject({ errors: [{ extensions: { code: 'ORIGIN_NOT_ALLOWED' } }] });
    expect(corsHeaders(await ask(origin))).toEqual([]);
    await expect(openWebSocket(api.url, { headers: { origin } })).rejects.toThrow('refused with 403');
  });
});

test('a page of our own, and a caller that is no page, need no permission', async () => {
  const own = `http://${new URL(api.url).host}`;
  expect([(await preflight(own)).status, (await ask(own)).status]).toEqual([204, 200]);
  using socket = await openWebSocket(api.url, { headers: { origin: own } });
  expect(socket.socket.readyState).toBe(1);
});

test('OPTIONS that is no preflight, or for a path that is not there, is answered as before', async () => {
  const plain = await fetch(`${api.url}/graphql`, { method: 'OPTIONS' });
  expect([plain.status, plain.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  expect((await preflight(console, '/nowhere')).status).toBe(404);
});

// Attacks on the ways in, on the real service: other sites' forms and pages, requests that are too large, too slow or no requests at all.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { buildSchema } from 'graphql';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { internals, startAttackedService } from '../support/attack.ts';
import type { AttackedService } from '../support/attack.ts';
import { openWebSocket } from '../support/raw-web-socket.ts';
import { rootFieldDocuments } from '../support/schema-documents.ts';
import { startTinyApi } from '../support/tiny-api.ts';

const schema = buildSchema(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'));
const create = 'mutation { createClient(input: { phone: "79001234567", timeZone: "UTC" }) { client { id } } }';

let api: AttackedService;
beforeAll(async () => {
  api = await startAttackedService({ ALLOWED_ORIGINS: 'https://console.example' });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const clients = async () => (await api.http({ query: '{ clients { totalCount } }' })).data.clients.totalCount as number;
const send = async (search: string, init: RequestInit) => {
  const response = await fetch(`${api.url}/graphql${search}`, init);
  const text = await response.text();
  expect(text).not.toMatch(internals);
  return response;
};

describe('a mutation', () => {
  test.each(rootFieldDocuments(schema).filter(({ operation }) => operation === 'mutation'))(
    '$field does not run by GET or HEAD, whatever the headers say',
    async ({ document }) => {
      const search = `?query=${encodeURIComponent(document)}`;
      for (const method of ['GET', 'HEAD']) {
        const headers = { 'apollo-require-preflight': '1', 'x-http-method-override': 'POST', 'content-type': 'application/json' };
        const response = await send(search, { method, headers });
        expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
      }
    },
  );

  test.each([
    ['a form', 'application/x-www-form-urlencoded', `query=${encodeURIComponent(create)}`],
    ['a form with JSON in it', 'application/x-www-form-urlencoded', JSON.stringify({ query: create })],
    ['plain text', 'text/plain', JSON.stringify({ query: create })],
    ['plain text that says it is JSON', 'text/plain; application/json', JSON.stringify({ query: create })],
    [
      'a form with files',
      'multipart/form-data; boundary=x',
      `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${JSON.stringify({ query: create })}\r\n--x--`,
    ],
    ['the text of a document', 'application/graphql', create],
  ])('does not run from %s', async (_name, type, body) => {
    for (const headers of [{ 'content-type': type }, { 'content-type': type, 'apollo-require-preflight': '1' }]) {
      expect((await send('', { method: 'POST', headers, body })).status).toBe(415);
    }
    expect(await clients()).toBe(0);
  });

  test('does not run from a link, an image or a script of another site', async () => {
    for (const accept of ['image/avif,image/webp,*/*;q=0.8', '*/*', 'application/json']) {
      const response = await send(`?query=${encodeURIComponent(create)}`, { headers: { accept } });
      expect(response.status).toBe(400);
    }
    expect(await clients()).toBe(0);
  });
});

describe('a page of another site', () => {
  test('opens no WebSocket and reads nothing; an allowed one does', async () => {
    for (const origin of ['https://evil.example', 'null', 'https://console.example.evil.example']) {
      await expect(openWebSocket(api.url, { headers: { origin } })).rejects.toThrow('refused with 403');
      const headers = { origin, 'content-type': 'application/json' };
      const answer = await send('', { method: 'POST', headers, body: '{"query":"{ __typename }"}' });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
    using socket = await openWebSocket(api.url, { headers: { origin: 'https://console.example' } });
    expect(socket.socket.readyState).toBe(1);
  });

  test('frames nothing of ours, and no answer says what serves it', async () => {
    for (const [path, accept] of [
      ['/graphql', 'text/html'],
      ['/graphql', 'application/json'],
      ['/', 'text/html'],
      ['/healthz', '*/*'],
      ['/nowhere', '*/*'],
    ] as const) {
      const { headers } = await fetch(`${api.url}${path}`, { headers: { accept }, redirect: 'manual' });
      expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect([headers.get('server'), headers.get('x-powered-by')]).toEqual([null, null]);
    }
  });
});

/** Sends bytes as they are; resolves with what came back when the connection is closed. */
async function exchangeBytes(url: string, bytes: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  let received = '';
  socket.on('data', (data: Buffer) => (received += data.toString()));
  socket.on('error', () => {});
  socket.write(bytes);
  await once(socket, 'close');
  return received;
}

describe('a request', () => {
  test('of too many bytes is refused with 413, one that hides them in gzip with 415', async () => {
    const large = JSON.stringify({ query: '{ __typename }', variables: { pad: 'x'.repeat(1024 * 1024) } });
    expect((await send('', { method: 'POST', headers: { 'content-type': 'application/json' }, body: large })).status).toBe(413);
    const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024));
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expect((await send('', { method: 'POST', headers, body: bomb })).status).toBe(415);
  });

  test.each([
    ['that says two lengths', 'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\nhello', 400],
    [
      'that says a length and chunks',
      'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['with a line break in a header', 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\nSet-Cookie: b\r\n\r\n', 400],
    ['with too many headers', `GET /healthz HTTP/1.1\r\nHost: x\r\n${'A: b\r\n'.repeat(5_000)}\r\n`, 431],
    ['without a host', 'GET /healthz HTTP/1.1\r\n\r\n', 400],
    ['of another protocol', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ])('%s is refused with nothing of ours in the answer', async (_name, bytes, status) => {
    const answer = await exchangeBytes(api.url, bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).not.toMatch(internals);
    expect(answer).not.toMatch(/set-cookie/i);
  });

  test('whose headers or body come byte by byte is given up with 408, and nobody waits for it', async () => {
    await using impatient = await startTinyApi({ bodyMs: 2_000, headersMs: 2_000 });
    const slowly = [
      exchangeBytes(impatient.url, 'GET /graphql HTTP/1.1\r\nHost: x\r\nX-Slow: '),
      exchangeBytes(
        impatient.url,
        'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"que',
      ),
    ];
    const quick = await fetch(`${impatient.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ hello }"}',
    });
    expect(quick.status).toBe(200);
    for (const answer of await Promise.all(slowly)) expect(answer).toMatch(/^HTTP\/1.1 408 /);
  });
});

describe('a WebSocket', () => {
  const subscribe = (payload: object, id = '1') => JSON.stringify({ id, type: 'subscribe', payload });

  test.each([
    ['a message of more than 64 KiB', (socket: WebSocket) => socket.send('x'.repeat(64 * 1024 + 1)), 1009],
    [
      'such a message in pieces',
      (socket: WebSocket) => {
        for (let piece = 0; piece < 70; piece += 1) socket.send('x'.repeat(1024), { fin: piece === 69 });
      },
      1009,
    ],
    ['bytes instead of a text', (socket: WebSocket) => socket.send(Buffer.from([0, 1, 2])), 4400],
    ['a text that is no UTF-8', (socket: WebSocket) => socket.send(Buffer.from([0xff, 0xfe]), { binary: false }), 1007],
    ['brackets without end', (socket: WebSocket) => socket.send('['.repeat(60_000)), 4400],
    ['an operation without an id', (socket: WebSocket) => socket.send(subscribe({ query: '{ __typename }' }, '')), 4400],
    ['an operation without a text', (socket: WebSocket) => socket.send(subscribe({})), 4400],
    ['an operation whose text is none', (socket: WebSocket) => socket.send(subscribe({ query: { kind: 'Document' } })), 4400],
    [
      'a second operation with the id of the first',
      (socket: WebSocket) => {
        for (let time = 0; time < 2; time += 1) socket.send(subscribe({ query: 'subscription { statistics { clients } }' }));
      },
      4409,
    ],
  ] satisfies [string, (socket: WebSocket) => void, number][])('with %s is closed, and only that one', async (_name, attack, code) => {
    using other = await openWebSocket(api.url);
    using attacking = await openWebSocket(api.url);
    attack(attacking.socket);
    const closed = await attacking.closed;
    expect(closed.code).toBe(code);
    expect(closed.reason).not.toMatch(internals);
    other.subscribe('1', '{ __typename }');
    expect((await other.frame(({ id }) => id === '1')).type).toBe('next');
  });

  test.each(['__proto__', 'constructor', 'toString'])('with an operation of the id %j is answered under it', async (id) => {
    using socket = await openWebSocket(api.url);
    socket.subscribe(id, '{ __typename }');
    expect(await socket.frame((frame) => frame.id === id)).toMatchObject({ type: 'next', payload: { data: { __typename: 'Query' } } });
  });

  test('takes no compressed messages, in which a small one could be large', async () => {
    const socket = new WebSocket(`${api.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { perMessageDeflate: true });
    await once(socket, 'open');
    expect(socket.extensions).toBe('');
    socket.terminate();
  });

  test('with variables nested without end is told that they are wrong', async () => {
    const query = 'query ($where: ClientWhere) { clients(where: $where) { totalCount } }';
    const payload = JSON.stringify({ query, variables: { where: 0, unused: 0 } });
    const deep = `${'['.repeat(15_000)}${']'.repeat(15_000)}`;
    using socket = await openWebSocket(api.url);
    socket.send(`{"id":"1","type":"subscribe","payload":${payload.replace('"where":0', `"where":${deep}`)}}`);
    const answer = await Promise.race([socket.frame(({ id }) => id === '1'), socket.closed]);
    expect(JSON.stringify(answer)).not.toMatch(internals);
    expect(answer).toSatisfy((end: { code?: number; type?: string }) => end.code === 4400 || end.type === 'error');
  });
});

test('nothing of all this was a fault of the service, and it still answers', async () => {
  expect(api.faults()).toEqual([]);
  expect((await api.http({ query: '{ __typename }' })).status).toBe(200);
});

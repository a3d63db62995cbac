// The HTTP server: routes, ids, headers, limits, health, listening and closing. Raw sockets where fetch would be too polite.
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeCrossOrigin } from '../../src/http/cross-origin.ts';
import { makeHttpServer } from '../../src/http/server.ts';
import { makeLog } from '../../src/log.ts';
import { eventually } from '../support/eventually.ts';
import { startTinyApi } from '../support/tiny-api.ts';
import type { TinyApi } from '../support/tiny-api.ts';

let api: TinyApi;
const holds: PromiseWithResolvers<void>[] = [];
beforeAll(async () => {
  api = await startTinyApi({
    closeMs: 300,
    routes: [
      {
        path: '/broken',
        methods: ['GET'],
        handle: () => {
          throw new Error('password=hunter2 at db.internal');
        },
      },
      {
        path: '/half',
        methods: ['GET'],
        handle: async ({ response }) => {
          response.write('half');
          throw new Error('the other half is missing');
        },
      },
    ],
  });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

/** Sends bytes as they are and collects what comes back. */
const openSocket = async (url: string): Promise<{ socket: Socket; text: () => string; ended: Promise<unknown> }> => {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  let received = '';
  socket.on('data', (data: Buffer) => (received += data.toString()));
  socket.on('error', () => {});
  const ended = once(socket, 'close');
  await once(socket, 'connect');
  return { socket, text: () => received, ended };
};
const codeOf = async (response: Response) =>
  ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code;

describe('a request', () => {
  test('carries its own id back when the id is sane, and a new one otherwise', async () => {
    const idOf = async (id: string) => (await fetch(`${api.url}/healthz`, { headers: { 'x-request-id': id } })).headers.get('x-request-id');
    expect(await idOf('abc-1.2_X')).toBe('abc-1.2_X');
    for (const id of ['', 'a b', 'x'.repeat(65), 'a/../b', '"', '<script>']) expect(await idOf(id)).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('is answered with security headers, whatever the answer is', async () => {
    for (const path of ['/healthz', '/nowhere', '/broken', '/graphql']) {
      const { headers } = await fetch(`${api.url}${path}`);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    }
  });

  test('for an unknown path is answered 404 as JSON', async () => {
    for (const path of ['/nowhere', '/graphql/', '//graphql', '/%67raphql', '/healthz/x?y=1']) {
      const response = await fetch(`${api.url}${path}`, { redirect: 'manual' });
      expect([path, response.status, await codeOf(response)]).toEqual([path, 404, 'NOT_FOUND']);
    }
  });

  test('with a wrong method is answered 405 with what is allowed', async () => {
    const post = await fetch(`${api.url}/healthz`, { method: 'POST' });
    const remove = await fetch(`${api.url}/graphql`, { method: 'DELETE' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect([remove.status, remove.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    expect(await codeOf(remove)).toBe('METHOD_NOT_ALLOWED');
  });

  test('HEAD has the headers of GET and no body', async () => {
    const get = await fetch(`${api.url}/healthz`);
    const head = await fetch(`${api.url}/healthz`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String((await get.text()).length)]);
    expect(await head.text()).toBe('');
  });

  test('that breaks something of ours is answered 500 with its id and nothing of the fault', async () => {
    const response = await fetch(`${api.url}/broken`, { headers: { 'x-request-id': 'req-1' } });
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({
      errors: [{ message: 'Internal error', extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'req-1' } }],
    });
  });

  test('whose answer breaks in the middle ends in a broken connection, not in half an answer that looks whole', async () => {
    await expect(fetch(`${api.url}/half`).then(async (response) => response.text())).rejects.toThrow();
  });

  test('to upgrade to anything but a WebSocket is answered as if it had not asked', async () => {
    const { socket, text } = await openSocket(api.url);
    socket.write(
      'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n',
    );
    await eventually(() => expect(text()).toMatch(/^HTTP\/1.1 200 OK/));
    socket.destroy();
  });

  test('that is no HTTP is answered 400, and one with huge headers 431', async () => {
    const garbage = await openSocket(api.url);
    garbage.socket.write('hello\r\n\r\n');
    await garbage.ended;
    const huge = await openSocket(api.url);
    huge.socket.write(`GET /healthz HTTP/1.1\r\nHost: x\r\nCookie: ${'x'.repeat(20_000)}\r\n\r\n`);
    await huge.ended;
    expect([garbage.text(), huge.text()]).toEqual([expect.stringMatching(/^HTTP\/1.1 400/), expect.stringMatching(/^HTTP\/1.1 431/)]);
  });
});

describe('a body that does not come in time', () => {
  const post = async (path: string) => {
    await using limited = await startTinyApi({
      bodyMs: 100,
      routes: [
        { path: '/stream', methods: ['POST'], takesStreams: true, handle: ({ response }) => void response.end('enough') },
        { path: '/unread', methods: ['POST'], handle: ({ response }) => void response.end('enough') },
      ],
    });
    const { socket, text, ended } = await openSocket(limited.url);
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"query":`);
    await ended;
    return text();
  };

  test('is answered 408 and ends with its connection', async () => {
    const answer = await post('/graphql');
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(answer).toContain('REQUEST_TIMEOUT');
    expect(answer.toLowerCase()).toContain('connection: close');
  });

  test('holds the connection no longer when it has been answered, or when nobody answers the path', async () => {
    expect(await post('/unread')).toMatch(/^HTTP\/1.1 200 .*enough$/s);
    expect(await post('/nowhere')).toMatch(/^HTTP\/1.1 404 /);
    expect(await post('/stream')).toMatch(/^HTTP\/1.1 200 .*enough$/s);
  });
});

describe('health', () => {
  test('is 200 as long as the process turns', async () => {
    const response = await fetch(`${api.url}/healthz`);
    expect([response.status, await response.json()]).toEqual([200, { status: 'ok' }]);
  });

  test('readiness follows the check, hides what it throws, and asks it once for many', async () => {
    let reason: string | null = null;
    let broken = false;
    let checks = 0;
    await using other = await startTinyApi({
      checkReadiness: async () => {
        checks += 1;
        if (broken) throw new Error('no route to db.internal');
        return reason;
      },
    });
    const ready = async () => {
      const response = await fetch(`${other.url}/readyz`);
      return [response.status, await response.json()];
    };

    const many = await Promise.all(Array.from({ length: 50 }, ready));
    expect(new Set(many.map(([status]) => status))).toEqual(new Set([200]));
    // One a second at most, however many ask.
    expect(checks).toBeLessThanOrEqual(3);
    reason = 'migrations are missing';
    await eventually(async () => expect(await ready()).toEqual([503, { status: 'unavailable', reason }]));
    broken = true;
    await eventually(async () => expect(await ready()).toEqual([503, { status: 'unavailable', reason: 'the database cannot be reached' }]));
    broken = false;
    reason = null;
    await eventually(async () => expect(await ready()).toEqual([200, { status: 'ok' }]));
  });

  test('readiness does not wait for a check that hangs', async () => {
    await using other = await startTinyApi({ checkReadiness: () => new Promise(() => {}) });
    const response = await fetch(`${other.url}/readyz`);
    expect([response.status, await response.json()]).toEqual([
      503,
      { status: 'unavailable', reason: 'the database does not answer in time' },
    ]);
  });
});

const start = ({ closeMs = 300 } = {}) =>
  makeHttpServer({
    routes: [
      {
        path: '/slow',
        methods: ['GET'],
        handle: async ({ response }) => {
          const hold = Promise.withResolvers<void>();
          holds.push(hold);
          await hold.promise;
          response.end('done');
        },
      },
      {
        path: '/halfway',
        methods: ['GET'],
        handle: async ({ response }) => {
          const hold = Promise.withResolvers<void>();
          response.write('half');
          holds.push(hold);
          await hold.promise;
          response.end(' done');
        },
      },
    ],
    webSockets: { path: '/graphql', upgrade: () => {}, close: async () => {} },
    crossOrigin: makeCrossOrigin([]),
    log: makeLog({ level: 'silent', pretty: false }),
    closeMs,
  });

describe('listening', () => {
  test('on a port that is taken fails and names the setting', async () => {
    const { port } = new URL(api.url);
    await expect(start().listen({ host: '127.0.0.1', port: Number(port) })).rejects.toMatchObject({
      code: 'PORT_UNAVAILABLE',
      message: expect.stringContaining(`PORT=${port}`),
    });
  });

  test('on an address of another machine fails and names the setting', async () => {
    await expect(start().listen({ host: '192.0.2.1', port: 0 })).rejects.toMatchObject({
      code: 'HOST_UNAVAILABLE',
      message: expect.stringContaining('HOST=192.0.2.1'),
    });
  });

  test('gives an address that can be opened, also on all interfaces and with IPv6', async () => {
    for (const host of ['127.0.0.1', '0.0.0.0', '::1']) {
      const server = start();
      const { url, port } = await server.listen({ host, port: 0 });
      expect(url).toContain(String(port));
      expect((await fetch(`${url}/nowhere`)).status).toBe(404);
      await server.close();
    }
  });
});

describe('closing', () => {
  test('lets a running request finish, tells its client to go, and accepts nothing more', async () => {
    const server = start({ closeMs: 3_600_000 });
    const { url } = await server.listen({ host: '127.0.0.1', port: 0 });
    holds.length = 0;
    const answer = fetch(`${url}/slow`);
    await eventually(() => expect(holds).toHaveLength(1));

    const closed = server.close();
    await expect(fetch(`${url}/slow`)).rejects.toThrow();
    holds[0]?.resolve();

    const response = await answer;
    expect([await response.text(), response.headers.get('connection')]).toEqual(['done', 'close']);
    await closed;
  });

  test('does not wait for connections that have nothing more to do', async () => {
    const server = start({ closeMs: 3_600_000 });
    const { url } = await server.listen({ host: '127.0.0.1', port: 0 });
    holds.length = 0;
    const answer = fetch(`${url}/halfway`);
    await eventually(() => expect(holds).toHaveLength(1));
    const closed = server.close();
    holds[0]?.resolve();
    expect(await (await answer).text()).toBe('half done');
    await closed;
  });

  test('cuts what does not finish in time, and who never asked for anything', async () => {
    const server = start();
    const { url } = await server.listen({ host: '127.0.0.1', port: 0 });
    const idle = await openSocket(url);
    holds.length = 0;
    const answer = fetch(`${url}/slow`);
    answer.catch(() => {});
    await eventually(() => expect(holds).toHaveLength(1));

    await server.close();

    await expect(answer).rejects.toThrow();
    await idle.ended;
  });
});

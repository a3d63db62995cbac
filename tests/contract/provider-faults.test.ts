import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Provider, SendResult } from '../../src/domain/send-outcome.ts';
import { makeHttpProvider } from '../../src/provider/http-provider.ts';
import { makeTokenSource } from '../../src/provider/token-source.ts';
import { eventually } from '../support/eventually.ts';
import {
  accept,
  answer,
  drip,
  hang,
  perAttempt,
  raw,
  redirect,
  resetAfterAccepting,
  resetBeforeAccepting,
  strangeBodies,
  truncate,
} from '../support/stub-behaviours.ts';
import { startStubProvider } from '../support/stub-provider.ts';
import type { StubProvider } from '../support/stub-provider.ts';

let stub: StubProvider;
let provider: Provider;
const cleanups: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  stub = await startStubProvider();
  provider = providerAt(stub.url);
});

afterEach(async () => {
  // The stub first: its end cuts whatever a test left hanging.
  await stub.close();
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

function providerAt(url: string, connections = 4): Provider {
  const made = makeHttpProvider({ url, token: makeTokenSource({}), connections });
  cleanups.push(() => made.close());
  return made;
}

function send(messageId = '1', timeoutMs = 20_000, to = provider): Promise<SendResult> {
  return to.send({ messageId, phone: '79161234567', textJson: '"Hello"', timeoutMs });
}

/** A TCP server that does with each connection what the test wants. */
async function startTcp(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const address = server.address() as AddressInfo;
  return address.port;
}

describe('before the request is written, nothing can have been taken', () => {
  it('a refused connection is to be retried', async () => {
    await stub.goDown();
    expect(await send()).toMatchObject({ kind: 'retry', code: 'CONNECTION', message: expect.stringContaining('ECONNREFUSED') });
    await stub.comeBack();
    expect(await send()).toEqual({ kind: 'accepted' });
  });

  it('a name that does not resolve is to be retried', async () => {
    expect(await send('1', 20_000, providerAt('http://carillon.invalid/v1'))).toMatchObject({ kind: 'retry', code: 'DNS' });
  });

  it('a failed TLS handshake is to be retried', async () => {
    expect(await send('1', 20_000, providerAt(stub.url.replace('http:', 'https:')))).toMatchObject({ kind: 'retry', code: 'TLS' });
    expect(stub.ledger).toEqual([]);
  });

  it('a handshake that never ends is given up at the deadline, and leaves no socket after the close', async () => {
    const closed = Promise.withResolvers<void>();
    const port = await startTcp((socket) => socket.resume().once('close', () => closed.resolve()));
    const stuck = providerAt(`https://127.0.0.1:${port}/v1`);
    expect(await send('1', 100, stuck)).toMatchObject({ kind: 'retry', code: 'TIMEOUT' });
    await stuck.close();
    await closed.promise;
  });

  it('a request that waits for a free connection until its deadline never reaches the provider', async () => {
    const narrow = providerAt(stub.url, 1);
    stub.holdAll();
    const first = send('1', 20_000, narrow);
    await stub.waitForRequests(1);
    expect(await send('2', 50, narrow)).toMatchObject({ kind: 'retry', code: 'TIMEOUT' });
    stub.release();
    expect(await first).toEqual({ kind: 'accepted' });
    expect(await send('3', 20_000, narrow)).toEqual({ kind: 'accepted' });
    expect(stub.ledger.map(({ msgId }) => msgId)).toEqual(['1', '3']);
    expect(stub.connections().opened).toBe(1);
  });

  it('a closed client sends nothing more', async () => {
    await provider.close();
    expect(await send()).toMatchObject({ kind: 'retry', code: 'CONNECTION' });
    expect(stub.ledger).toEqual([]);
  });
});

describe('once the request is written, silence is ambiguous', () => {
  it.each([
    ['reset before it was accepted', resetBeforeAccepting(), 'CONNECTION'],
    ['reset after it was accepted', resetAfterAccepting(), 'CONNECTION'],
    ['closed without an answer', raw(''), 'CONNECTION'],
    ['answered with something that is not HTTP', raw('SMTP ready\r\n\r\n'), 'BAD_RESPONSE'],
    ['answered with headers without end', raw(`HTTP/1.1 200 OK\r\n${'x-padding: abcdefgh\r\n'.repeat(2000)}`), 'BAD_RESPONSE'],
    ['cut off in the middle of the body', truncate(), 'BAD_RESPONSE'],
    [
      'switched to another protocol',
      raw('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
      'CONNECTION',
    ],
  ] as const)('%s', async (_what, behaviour, code) => {
    stub.behave(() => behaviour);
    expect(await send()).toMatchObject({ kind: 'ambiguous', code });
    expect(stub.ledger.length).toBe(1);
  });

  it.each([
    ['never answered', hang()],
    ['answered a byte at a time', drip({ everyMs: 40 })],
  ] as const)('%s, it is aborted at its deadline', async (_what, behaviour) => {
    stub.behave(() => behaviour);
    const startedAt = performance.now();
    expect(await send('1', 200)).toMatchObject({ kind: 'ambiguous', code: 'TIMEOUT' });
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeGreaterThanOrEqual(199);
    // The sweep notices within 20 ms; the rest is room for a machine that is busy.
    expect(tookMs).toBeLessThan(2000);
  });

  it.each(Object.entries(strangeBodies))('answered 200 with a body that is %s', async (_name, body) => {
    stub.behave(() => answer(200, { body }));
    expect(await send()).toMatchObject({ kind: 'ambiguous', code: 'BAD_RESPONSE', httpStatus: 200 });
  });

  it('redirected, it is not followed', async () => {
    stub.behave(() => redirect(307, `${stub.url}/send/2`));
    expect(await send()).toMatchObject({ kind: 'ambiguous', code: 'REDIRECT', httpStatus: 307 });
    expect(stub.ledger.map(({ msgId }) => msgId)).toEqual(['1']);
  });
});

describe('an answer decides by its status', () => {
  it.each([
    [400, 'refused', 'REJECTED'],
    [404, 'refused', 'HTTP_404'],
    [422, 'refused', 'HTTP_422'],
    [401, 'token-refused', 'HTTP_401'],
    [403, 'token-refused', 'HTTP_403'],
    [408, 'retry', 'HTTP_408'],
    [429, 'retry', 'HTTP_429'],
    [500, 'retry', 'HTTP_500'],
    [503, 'retry', 'HTTP_503'],
  ] as const)('%i is %s', async (status, kind, code) => {
    stub.behave(() => answer(status, { body: 'no' }));
    expect(await send()).toMatchObject({ kind, code, httpStatus: status });
  });

  it('429 with Retry-After is throttled', async () => {
    stub.behave(() => answer(429, { headers: { 'Retry-After': '7' } }));
    expect(await send()).toMatchObject({ kind: 'throttled', retryAfterMs: 7000 });
  });

  it('a 400 stays a refusal when its body is huge, cut off, or has not ended at the deadline', async () => {
    stub.behave(({ msgId }) => (msgId === '1' ? answer(400, { body: strangeBodies.huge }) : truncate({ status: 400, accepted: false })));
    expect(await send('1')).toMatchObject({ kind: 'refused', code: 'REJECTED' });
    expect(await send('2')).toMatchObject({ kind: 'refused', code: 'REJECTED' });
    const port = await startTcp((socket) => socket.write('HTTP/1.1 400 Bad Request\r\ncontent-length: 5\r\n\r\nno'));
    expect(await send('3', 200, providerAt(`http://127.0.0.1:${port}/v1`))).toMatchObject({ kind: 'refused', code: 'REJECTED' });
  });

  it('an informational answer is not the answer', async () => {
    const port = await startTcp((socket) =>
      socket.once('data', () =>
        socket.write('HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"code":0}'),
      ),
    );
    expect(await send('1', 20_000, providerAt(`http://127.0.0.1:${port}/v1`))).toEqual({ kind: 'accepted' });
  });

  it('an informational answer leaves the silence after it a timeout', async () => {
    const port = await startTcp((socket) => socket.once('data', () => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')));
    expect(await send('1', 200, providerAt(`http://127.0.0.1:${port}/v1`))).toMatchObject({ kind: 'ambiguous', code: 'TIMEOUT' });
  });

  it('an answer that has come in time counts, even if the event loop was busy past the deadline', async () => {
    const port = await startTcp((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"code":0}');
        // Server and client share this thread: the answer lies in the client's socket while its time runs out.
        for (const until = performance.now() + 1200; performance.now() < until;);
      }),
    );
    expect(await send('1', 1000, providerAt(`http://127.0.0.1:${port}/v1`))).toEqual({ kind: 'accepted' });
  });

  it('the acceptance may come in pieces', async () => {
    stub.behave(() => drip({ everyMs: 1 }));
    expect(await send()).toEqual({ kind: 'accepted' });
  });
});

describe('connections', () => {
  it('connections are used again', async () => {
    const wide = providerAt(stub.url, 64);
    for (let id = 1; id <= 50; id += 1) expect(await send(String(id), 20_000, wide)).toEqual({ kind: 'accepted' });
    // Not exactly one: an answered connection is free again only a turn of the event loop later.
    expect(stub.connections().opened).toBeLessThan(10);
  });

  it('no more connections than allowed, every request once', async () => {
    const ids = Array.from({ length: 2000 }, (_, index) => String(index + 1));
    const outcomes = await Promise.all(ids.map((id) => send(id)));
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
    expect(stub.connections().opened).toBeLessThanOrEqual(4);
    expect(stub.ledger.map(({ msgId }) => msgId).toSorted()).toEqual(ids.toSorted());
  });

  it('a keep-alive connection that the provider closes between requests costs no request', async () => {
    stub.behave(() => accept({ closeAfter: true }));
    for (let id = 1; id <= 50; id += 1) expect(await send(String(id))).toEqual({ kind: 'accepted' });
    expect(stub.connections().opened).toBe(50);
  });

  it('connections cut while idle are replaced', async () => {
    expect(await send('1')).toEqual({ kind: 'accepted' });
    stub.cutConnections();
    await eventually(() => stub.connections().open === 0);
    expect(await send('2')).toEqual({ kind: 'accepted' });
  });

  it('faults of some requests do not touch their neighbours', async () => {
    const faulty = [
      resetBeforeAccepting(),
      truncate(),
      raw('nonsense\r\n\r\n'),
      answer(500),
      answer(200, { body: strangeBodies.huge }),
    ] as const;
    stub.behave(({ msgId, ...request }) => perAttempt(faulty[Number(msgId) % 10] ?? accept(), accept())(request));
    const sendUntilAccepted = async (id: string): Promise<number> => {
      for (let attempt = 1; ; attempt += 1) {
        const outcome = await send(id);
        if (outcome.kind === 'accepted') return attempt;
        expect(['retry', 'ambiguous']).toContain(outcome.kind);
      }
    };
    const attempts = await Promise.all(Array.from({ length: 300 }, (_, index) => sendUntilAccepted(String(index))));
    expect(attempts).toEqual(Array.from({ length: 300 }, (_, index) => (index % 10 < faulty.length ? 2 : 1)));
  });

  it('a new token is used by the next request', async () => {
    let token = 'first';
    let generation = 1;
    const changing = makeHttpProvider({ url: stub.url, token: { current: () => token, generation: () => generation }, connections: 1 });
    cleanups.push(() => changing.close());
    await send('1', 20_000, changing);
    [token, generation] = ['second', 2];
    await send('2', 20_000, changing);
    expect(stub.ledger.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
    expect(changing.tokenGeneration()).toBe(2);
  });

  it('a request whose connection is ready too late is not written, and the next one finds the connection ready', async () => {
    const request = { phone: '79161234567', textJson: '"Hello"', timeoutMs: 20_000 };
    expect(await provider.send({ ...request, messageId: '1', startWithinMs: 0 })).toEqual({ kind: 'not-started' });
    expect(await provider.send({ ...request, messageId: '2', startWithinMs: 5_000 })).toEqual({ kind: 'accepted' });
    expect(stub.ledger.map(({ msgId }) => msgId)).toEqual(['2']);
    expect(stub.connections().opened).toBe(1);
  });

  it('given up, requests in flight end as if their time were up, and later ones are sent', async () => {
    stub.holdAll();
    const outcomes = ['1', '2', '3'].map(async (id) => send(id));
    await stub.waitForRequests(3);
    provider.giveUp();
    for (const outcome of outcomes) expect(await outcome).toMatchObject({ kind: 'ambiguous', code: 'TIMEOUT' });
    stub.release();
    expect(await send('4')).toEqual({ kind: 'accepted' });
  });

  it('close waits for the requests in flight and starts no more', async () => {
    stub.holdAll();
    const outcome = send();
    await stub.waitForRequests(1);
    const closed = provider.close();
    expect(await send('2')).toMatchObject({ kind: 'retry', code: 'CONNECTION' });
    stub.release();
    expect(await outcome).toEqual({ kind: 'accepted' });
    await closed;
    expect(stub.ledger.length).toBe(1);
    await eventually(() => stub.connections().open === 0);
  });
});

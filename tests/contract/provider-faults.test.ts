// The HTTP provider against every fault a provider has: what may have been taken, what was refused, and what is to be tried again.
import { describe, expect, it } from 'vitest';
import { useProvider } from '../support/provider-bench.ts';
import {
  answer,
  drip,
  hang,
  raw,
  redirect,
  resetAfterAccepting,
  resetBeforeAccepting,
  strangeBodies,
  truncate,
} from '../support/stub-behaviours.ts';

const bench = useProvider();

describe('before the request is written, nothing can have been taken', () => {
  it('a refused connection is to be retried', async () => {
    await bench.stub.goDown();
    expect(await bench.send()).toMatchObject({ kind: 'retry', code: 'CONNECTION', message: expect.stringContaining('ECONNREFUSED') });
    await bench.stub.comeBack();
    expect(await bench.send()).toEqual({ kind: 'accepted' });
  });

  it('a name that does not resolve is to be retried', async () => {
    expect(await bench.send('1', 20_000, bench.providerAt('http://carillon.invalid/v1'))).toMatchObject({ kind: 'retry', code: 'DNS' });
  });

  it('a failed TLS handshake is to be retried', async () => {
    expect(await bench.send('1', 20_000, bench.providerAt(bench.stub.url.replace('http:', 'https:')))).toMatchObject({
      kind: 'retry',
      code: 'TLS',
    });
    expect(bench.stub.ledger).toEqual([]);
  });

  it('a handshake that never ends is given up at the deadline, and leaves no socket after the close', async () => {
    const closed = Promise.withResolvers<void>();
    const port = await bench.startTcp((socket) => socket.resume().once('close', () => closed.resolve()));
    const stuck = bench.providerAt(`https://127.0.0.1:${port}/v1`);
    expect(await bench.send('1', 100, stuck)).toMatchObject({ kind: 'retry', code: 'TIMEOUT' });
    await stuck.close();
    await closed.promise;
  });

  it('a request that waits for a free connection until its deadline never reaches the provider', async () => {
    const narrow = bench.providerAt(bench.stub.url, 1);
    bench.stub.holdAll();
    const first = bench.send('1', 20_000, narrow);
    await bench.stub.waitForRequests(1);
    expect(await bench.send('2', 50, narrow)).toMatchObject({ kind: 'retry', code: 'TIMEOUT' });
    bench.stub.release();
    expect(await first).toEqual({ kind: 'accepted' });
    expect(await bench.send('3', 20_000, narrow)).toEqual({ kind: 'accepted' });
    expect(bench.stub.ledger.map(({ msgId }) => msgId)).toEqual(['1', '3']);
    expect(bench.stub.connections().opened).toBe(1);
  });

  it('a closed client sends nothing more', async () => {
    await bench.provider.close();
    expect(await bench.send()).toMatchObject({ kind: 'retry', code: 'CONNECTION' });
    expect(bench.stub.ledger).toEqual([]);
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
    bench.stub.behave(() => behaviour);
    expect(await bench.send()).toMatchObject({ kind: 'ambiguous', code });
    expect(bench.stub.ledger.length).toBe(1);
  });

  it.each([
    ['never answered', hang()],
    ['answered a byte at a time', drip({ everyMs: 1_000 })],
  ] as const)('%s, it is aborted at its deadline', async (_what, behaviour) => {
    bench.stub.behave(() => behaviour);
    const startedAt = performance.now();
    expect(await bench.send('1', 1_000)).toMatchObject({ kind: 'ambiguous', code: 'TIMEOUT' });
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeGreaterThanOrEqual(999);
    // Long before the whole answer would have come: the rest is room for a machine that is busy.
    expect(tookMs).toBeLessThan(15_000);
  });

  it.each(Object.entries(strangeBodies))('answered 200 with a body that is %s', async (_name, body) => {
    bench.stub.behave(() => answer(200, { body }));
    expect(await bench.send()).toMatchObject({ kind: 'ambiguous', code: 'BAD_RESPONSE', httpStatus: 200 });
  });

  it('redirected, it is not followed', async () => {
    bench.stub.behave(() => redirect(307, `${bench.stub.url}/send/2`));
    expect(await bench.send()).toMatchObject({ kind: 'ambiguous', code: 'REDIRECT', httpStatus: 307 });
    expect(bench.stub.ledger.map(({ msgId }) => msgId)).toEqual(['1']);
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
    bench.stub.behave(() => answer(status, { body: 'no' }));
    expect(await bench.send()).toMatchObject({ kind, code, httpStatus: status });
  });

  it('429 with Retry-After is throttled', async () => {
    bench.stub.behave(() => answer(429, { headers: { 'Retry-After': '7' } }));
    expect(await bench.send()).toMatchObject({ kind: 'throttled', retryAfterMs: 7000 });
  });

  it('a 400 stays a refusal when its body is huge, cut off, or has not ended at the deadline', async () => {
    bench.stub.behave(({ msgId }) =>
      msgId === '1' ? answer(400, { body: strangeBodies.huge }) : truncate({ status: 400, accepted: false }),
    );
    expect(await bench.send('1')).toMatchObject({ kind: 'refused', code: 'REJECTED' });
    expect(await bench.send('2')).toMatchObject({ kind: 'refused', code: 'REJECTED' });
    const port = await bench.startTcp((socket) => socket.write('HTTP/1.1 400 Bad Request\r\ncontent-length: 5\r\n\r\nno'));
    expect(await bench.send('3', 1_000, bench.providerAt(`http://127.0.0.1:${port}/v1`))).toMatchObject({
      kind: 'refused',
      code: 'REJECTED',
    });
  });

  it('an informational answer is not the answer', async () => {
    const port = await bench.startTcp((socket) =>
      socket.once('data', () =>
        socket.write('HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"code":0}'),
      ),
    );
    expect(await bench.send('1', 20_000, bench.providerAt(`http://127.0.0.1:${port}/v1`))).toEqual({ kind: 'accepted' });
  });

  it('an informational answer leaves the silence after it a timeout', async () => {
    const port = await bench.startTcp((socket) => socket.once('data', () => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n')));
    expect(await bench.send('1', 1_000, bench.providerAt(`http://127.0.0.1:${port}/v1`))).toMatchObject({
      kind: 'ambiguous',
      code: 'TIMEOUT',
    });
  });

  it('an answer that has come in time counts, even if the event loop was busy past the deadline', async () => {
    const port = await bench.startTcp((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"code":0}');
        // Server and client share this thread: the answer lies in the client's socket while its time runs out.
        for (const until = performance.now() + 1200; performance.now() < until;);
      }),
    );
    expect(await bench.send('1', 1000, bench.providerAt(`http://127.0.0.1:${port}/v1`))).toEqual({ kind: 'accepted' });
  });

  it('the acceptance may come in pieces', async () => {
    bench.stub.behave(() => drip({ everyMs: 1 }));
    expect(await bench.send()).toEqual({ kind: 'accepted' });
  });
});

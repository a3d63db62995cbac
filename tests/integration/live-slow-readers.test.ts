// Clients that do not read: bounded memory, no delay for others, the newest state in the end.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { postGraphql } from '../support/graphql-client.ts';
import { openWebSocket } from '../support/raw-web-socket.ts';
import { hasVersion, nextFrames, versionsOf } from '../support/state-frames.ts';
import { startTinyApi } from '../support/tiny-api.ts';
import type { TinyApi } from '../support/tiny-api.ts';

const PADDED = 'subscription S($id: ID!, $pad: Int!) { state(id: $id, pad: $pad) { version pad } }';

let api: TinyApi;
beforeEach(async () => {
  // Who does not read does not answer pings either, and is not to be cut for it here.
  api = await startTinyApi({ times: { pingMs: 600_000 } });
});
afterEach(async () => {
  await api[Symbol.asyncDispose]();
});

describe('a client that does not read', { timeout: 180_000 }, () => {
  const PAD = 16 * 1024;

  test('costs bounded memory, delays nobody, and gets the newest state when it reads again', async () => {
    using slow = await openWebSocket(api.url);
    using quick = await openWebSocket(api.url);
    slow.subscribe('1', PADDED, { id: 'a', pad: PAD });
    quick.subscribe('1', PADDED, { id: 'a', pad: PAD });
    await Promise.all([slow.frame(hasVersion('1', 1)), quick.frame(hasVersion('1', 1))]);
    slow.socket.pause();

    // 48 MiB in all: far more than the network between them takes without a reader.
    const last = 3_000;
    for (let version = 2; version <= last; version += 1) {
      api.push('a', version);
      await eventually(() => nextFrames(quick, '1').length === version, { everyMs: 0 });
    }
    expect(versionsOf(quick, '1')).toEqual(Array.from({ length: last }, (_, index) => index + 1));
    expect(api.door.mostUnsentBytes()).toBeGreaterThan(64 * 1024);
    expect(api.door.mostUnsentBytes()).toBeLessThan(64 * 1024 + 2 * PAD);

    slow.socket.resume();
    await slow.frame(hasVersion('1', last));
    const seen = versionsOf(slow, '1');
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen.length).toBeLessThan(last);
    expect(new Set(seen).size).toBe(seen.length);
  });

  test('still gets the final state before the end', async () => {
    using slow = await openWebSocket(api.url);
    slow.subscribe('1', PADDED, { id: 'a', pad: PAD });
    await slow.frame(hasVersion('1', 1));
    slow.socket.pause();
    let version = 1;
    while (api.door.mostUnsentBytes() <= 64 * 1024) {
      version += 1;
      const { executions } = api;
      api.push('a', version);
      await eventually(() => api.executions > executions, { everyMs: 0 });
    }
    version += 1;
    api.push('a', version);
    api.end('a');
    await eventually(() => expect(api.door.counts().groups).toBe(0));

    slow.socket.resume();
    await slow.frame(({ type }) => type === 'complete');

    expect(versionsOf(slow, '1').at(-1)).toBe(version);
    expect(slow.frames().at(-1)).toEqual({ id: '1', type: 'complete' });
  });

  test('is not read from either while its answers pile up', async () => {
    using raw = await openWebSocket(api.url);
    raw.socket.pause();
    const name = 'n'.repeat(30_000);
    for (let id = 0; id < 2_000; id += 1) raw.subscribe(String(id), `query Q($name: String) { hello(name: $name) }`, { name });
    await eventually(() => expect(api.door.mostUnsentBytes()).toBeGreaterThan(256 * 1024));

    // Nothing moves any more on either side: the rest waits at the client, and the service answers others meanwhile.
    let unchanged = 0;
    for (let waiting = -1; unchanged < 20; waiting = raw.socket.bufferedAmount) {
      await postGraphql(api.url, '{ hello }');
      unchanged = waiting === raw.socket.bufferedAmount ? unchanged + 1 : 0;
    }
    expect(raw.socket.bufferedAmount).toBeGreaterThan(0);
    expect(api.door.mostUnsentBytes()).toBeLessThan(256 * 1024 + 4 * name.length);

    raw.socket.resume();
    await raw.frame(({ id, type }) => id === '1999' && type === 'complete');
    expect(raw.frames().filter(({ type }) => type === 'next')).toHaveLength(2_000);
  });
});

// Shared-execution subscriptions over real WebSockets, on a tiny schema whose source the test feeds.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { GraphQLError } from 'graphql';
import type { AccessFaultOf } from '../../src/graphql/access.ts';
import type { Authenticate } from '../../src/domain/principal.ts';
import { eventually } from '../support/eventually.ts';
import { postGraphql, subscribeTo } from '../support/graphql-client.ts';
import { openWebSocket } from '../support/raw-web-socket.ts';
import type { RawWebSocket } from '../support/raw-web-socket.ts';
import { hasVersion, versionsOf } from '../support/state-frames.ts';
import { startTinyApi } from '../support/tiny-api.ts';
import type { TinyApi } from '../support/tiny-api.ts';

const STATE = 'subscription S($id: ID!) { state(id: $id) { version } }';
const PADDED = 'subscription S($id: ID!, $pad: Int!) { state(id: $id, pad: $pad) { version pad } }';

let api: TinyApi;
beforeEach(async () => {
  api = await startTinyApi();
});
afterEach(async () => {
  await api[Symbol.asyncDispose]();
});

describe('one subscriber', () => {
  test('gets the state at once, then newer ones, then the end after the last', async () => {
    await using subscription = subscribeTo<{ state: { version: number } }>(api.url, STATE, { id: 'a' });
    await subscription.until(({ state }) => state.version === 1);
    api.push('a', 2);
    await subscription.until(({ state }) => state.version === 2);
    api.push('a', 3);
    api.end('a');

    const results = await subscription.completed();

    expect(results.map(({ data }) => data.state.version)).toEqual([1, 2, 3]);
    expect(api.door.counts()).toMatchObject({ groups: 0, members: 0 });
  });

  test('leaves its group and its source when it unsubscribes', async () => {
    using raw = await openWebSocket(api.url);
    raw.subscribe('1', STATE, { id: 'a' });
    await raw.frame(hasVersion('1', 1));

    raw.send({ id: '1', type: 'complete' });

    await eventually(() => expect(api.door.counts()).toEqual({ connections: 1, groups: 0, members: 0 }));
    expect(api.watched('a')).toBe(0);
    // The connection goes on, and the id is free again.
    raw.subscribe('1', STATE, { id: 'b' });
    await raw.frame((frame) => frame.id === '1' && raw.frames().indexOf(frame) > 1 && frame.type === 'next');
  });

  test('may use an id again in the same breath in which it gives it back', async () => {
    using raw = await openWebSocket(api.url);
    raw.subscribe('1', STATE, { id: 'a' });
    await raw.frame(hasVersion('1', 1));

    raw.send({ id: '1', type: 'complete' });
    raw.subscribe('1', STATE, { id: 'b' });
    await eventually(() => expect(api.watched('b')).toBe(1));
    api.push('b', 7);

    await raw.frame(hasVersion('1', 7));
    expect(raw.frames().filter(({ type }) => type === 'complete')).toEqual([]);
  });
});

describe('a group', () => {
  test('executes and serialises once, and its members get the same bytes', async () => {
    using first = await openWebSocket(api.url);
    using second = await openWebSocket(api.url);
    first.subscribe('x', STATE, { id: 'a' });
    second.subscribe('x', STATE, { id: 'a' });
    await Promise.all([first.frame(hasVersion('x', 1)), second.frame(hasVersion('x', 1))]);

    for (const version of [2, 3, 4]) {
      api.push('a', version);
      await Promise.all([first.frame(hasVersion('x', version)), second.frame(hasVersion('x', version))]);
    }

    expect(api.starts.get('a')).toBe(1);
    expect(api.executions).toBe(4);
    expect(second.texts.slice(1)).toEqual(first.texts.slice(1));
    expect(first.texts[1]).toBe(
      '{"id":"x","type":"next","payload":{"data":{"state":{"version":1}},"extensions":{"cost":{"requested":10,"limit":5000}}}}',
    );
  });

  test('is the same for equal variables however they are written, and another for anything else', async () => {
    using raw = await openWebSocket(api.url);
    raw.subscribe('1', PADDED, { id: 'a', pad: 3 });
    raw.subscribe('2', PADDED, { pad: 3, id: 'a', unknown: 'ignored' });
    raw.subscribe('3', PADDED, { id: 'a', pad: 4 });
    raw.subscribe('4', `${PADDED} `, { id: 'a', pad: 3 });
    await Promise.all(['1', '2', '3', '4'].map((id) => raw.frame(hasVersion(id, 1))));

    expect(api.door.counts()).toEqual({ connections: 1, groups: 3, members: 4 });
    expect(api.starts.get('a')).toBe(3);
  });

  test('is closed to a role that the rules keep out, newcomers to a running group included', async () => {
    const authenticate: Authenticate = async (role) => {
      return { ok: true, principal: { subject: 'anna', role: role === 'admin' ? 'admin' : 'viewer', expiresAt: null } };
    };
    const accessFaultOf: AccessFaultOf = (_document, { operation }, role) =>
      operation === 'subscription' && role !== 'admin' ? new GraphQLError('no', { extensions: { code: 'FORBIDDEN' } }) : null;
    await using guarded = await startTinyApi({ authenticate, accessFaultOf });
    using admin = await openWebSocket(guarded.url, { init: { authorization: 'admin' } });
    admin.subscribe('1', STATE, { id: 'a' });
    await admin.frame(hasVersion('1', 1));

    using viewer = await openWebSocket(guarded.url, { init: { authorization: 'viewer' } });
    viewer.subscribe('1', STATE, { id: 'a' });

    expect(await viewer.frame(({ id }) => id === '1')).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'FORBIDDEN' } }] });
    expect(guarded.door.counts()).toEqual({ connections: 2, groups: 1, members: 1 });
  });

  test('is shared by callers of one role, whoever they are, and never over roles', async () => {
    const authenticate: Authenticate = async (subject = '') => {
      return { ok: true, principal: { subject, role: subject === 'chief' ? 'admin' : 'viewer', expiresAt: null } };
    };
    await using guarded = await startTinyApi({ authenticate });
    const open = async (authorization: string): Promise<RawWebSocket> => openWebSocket(guarded.url, { init: { authorization } });
    using anna = await open('anna');
    using boris = await open('boris');
    using chief = await open('chief');
    for (const raw of [anna, boris, chief]) {
      raw.subscribe('1', STATE, { id: 'a' });
      await raw.frame(hasVersion('1', 1));
    }

    expect(guarded.door.counts()).toEqual({ connections: 3, groups: 2, members: 3 });
  });

  test('gives a newcomer the newest state at once, without executing again', async () => {
    using first = await openWebSocket(api.url);
    first.subscribe('1', STATE, { id: 'a' });
    await first.frame(hasVersion('1', 1));
    api.push('a', 2);
    await first.frame(hasVersion('1', 2));
    const executions = api.executions;

    using second = await openWebSocket(api.url);
    second.subscribe('9', STATE, { id: 'a' });
    await second.frame(hasVersion('9', 2));

    expect(versionsOf(second, '9')).toEqual([2]);
    expect(api.executions).toBe(executions);
  });

  test('goes on when some leave, and is started anew after the last has left', async () => {
    using first = await openWebSocket(api.url);
    const second = await openWebSocket(api.url);
    first.subscribe('1', STATE, { id: 'a' });
    second.subscribe('1', STATE, { id: 'a' });
    await Promise.all([first.frame(hasVersion('1', 1)), second.frame(hasVersion('1', 1))]);

    second.socket.terminate();
    await eventually(() => expect(api.door.counts().members).toBe(1));
    api.push('a', 2);
    await first.frame(hasVersion('1', 2));
    first.send({ id: '1', type: 'complete' });
    await eventually(() => expect(api.door.counts().groups).toBe(0));
    first.subscribe('2', STATE, { id: 'a' });
    await first.frame(hasVersion('2', 1));

    expect(api.starts.get('a')).toBe(2);
  });

  test('has no members left after thousands drop at once', async () => {
    const sockets = await Promise.all(Array.from({ length: 60 }, () => openWebSocket(api.url)));
    for (const raw of sockets) {
      for (let id = 0; id < 50; id += 1) raw.subscribe(String(id), STATE, { id: `m${id % 3}` });
    }
    await eventually(() => expect(api.door.counts()).toEqual({ connections: 60, groups: 3, members: 3_000 }));
    for (const raw of sockets) await raw.frame(hasVersion('49', 1));

    for (const raw of sockets) raw.socket.terminate();
    for (let version = 2; version < 50; version += 1) api.push('m0', version);

    await eventually(() => expect(api.door.counts()).toEqual({ connections: 0, groups: 0, members: 0 }));
    expect([api.watched('m0'), api.watched('m1'), api.watched('m2')]).toEqual([0, 0, 0]);
    expect(api.starts.get('m0')).toBe(1);
  });
});

describe('failures', () => {
  test('of the start are an error with its public code', async () => {
    using raw = await openWebSocket(api.url);
    raw.subscribe('1', STATE, { id: 'missing' });

    const { payload } = await raw.frame(({ type }) => type === 'error');

    expect(payload).toMatchObject([{ message: 'there is no such thing', extensions: { code: 'NOT_FOUND' } }]);
    expect(api.door.counts()).toMatchObject({ groups: 0, members: 0 });
  });

  test.each(['at the start', 'on the way', 'in a field'])('of our own %s are masked', async (where) => {
    using raw = await openWebSocket(api.url, { headers: { 'x-request-id': 'req-7' } });
    const id = where === 'at the start' ? 'forbidden table' : 'a';
    raw.subscribe('1', `subscription { state(id: "${id}") { version ${where === 'in a field' ? 'secret' : ''} } }`);
    if (where === 'on the way') {
      await raw.frame(hasVersion('1', 1));
      api.fail('a', new Error('password=hunter2 at db.internal'));
    }

    const { payload } = await raw.frame(({ type, payload }) => type === 'error' || JSON.stringify(payload ?? {}).includes('"errors":'));

    const errors = Array.isArray(payload) ? payload : (payload as { errors: unknown[] }).errors;
    expect(errors).toMatchObject([{ message: 'Internal error', extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'req-7.1' } }]);
    expect(raw.texts.join('')).not.toMatch(/hunter2|salary|stack/);
  });

  test('of the source reach every member, and the next subscriber starts anew', async () => {
    using first = await openWebSocket(api.url);
    using second = await openWebSocket(api.url);
    first.subscribe('1', STATE, { id: 'a' });
    second.subscribe('2', STATE, { id: 'a' });
    await Promise.all([first.frame(hasVersion('1', 1)), second.frame(hasVersion('2', 1))]);

    api.fail('a', new Error('gone'));

    await Promise.all([first.frame(({ type }) => type === 'error'), second.frame(({ type }) => type === 'error')]);
    first.subscribe('3', STATE, { id: 'a' });
    await first.frame(hasVersion('3', 1));
    expect(api.starts.get('a')).toBe(2);
  });
});

describe('queries and mutations', () => {
  test('are answered on the socket as on HTTP, errors included', async () => {
    using raw = await openWebSocket(api.url, { headers: { 'x-request-id': 'req-8' } });
    raw.subscribe('q', 'query Q($name: String) { hello(name: $name) context secret }', { name: 'there' });
    raw.subscribe('m', 'mutation { increment }');

    const query = await raw.frame(({ id, type }) => id === 'q' && type === 'next');
    const mutation = await raw.frame(({ id, type }) => id === 'm' && type === 'next');
    await raw.frame(({ id, type }) => id === 'm' && type === 'complete');
    const http = await postGraphql(api.url, '{ hello(name: "there") secret }');

    expect(query.payload).toMatchObject({ data: { hello: 'hello there', context: 'req-8.1', secret: null } });
    expect(mutation.payload).toMatchObject({ data: { increment: 1 } });
    const masked = { message: 'Internal error', path: ['secret'], extensions: { code: 'INTERNAL_SERVER_ERROR' } };
    expect(http.errors).toMatchObject([masked]);
    expect((query.payload as { errors: unknown }).errors).toMatchObject([masked]);
  });
});

describe('closing', () => {
  test('completes every operation, answers those that run, and closes with 1001', async () => {
    await using api = await startTinyApi({ times: { closeMs: 60_000 } });
    using subscriber = await openWebSocket(api.url);
    using asking = await openWebSocket(api.url);
    subscriber.subscribe('1', STATE, { id: 'a' });
    subscriber.subscribe('2', STATE, { id: 'b' });
    asking.subscribe('3', '{ slow }');
    await subscriber.frame(hasVersion('2', 1));

    const closed = api.http.close();
    expect(await subscriber.closed).toMatchObject({ code: 1001 });
    api.release();

    expect(await asking.closed).toMatchObject({ code: 1001 });
    expect(
      subscriber
        .frames()
        .slice(-2)
        .map(({ id, type }) => `${id} ${type}`)
        .toSorted(),
    ).toEqual(['1 complete', '2 complete']);
    expect(asking.frames().at(-2)).toMatchObject({ id: '3', type: 'next', payload: { data: { slow: 'at last' } } });
    await closed;
    expect(api.door.counts()).toEqual({ connections: 0, groups: 0, members: 0 });
    await expect(openWebSocket(api.url)).rejects.toThrow(/ECONNREFUSED/);
  });

  test('cuts a client that does not answer the closing', async () => {
    const stubborn = await startTinyApi({ times: { closeMs: 200 } });
    using raw = await openWebSocket(stubborn.url);
    raw.subscribe('1', STATE, { id: 'a' });
    await raw.frame(hasVersion('1', 1));
    raw.socket.pause();

    await stubborn[Symbol.asyncDispose]();

    expect(stubborn.door.counts()).toEqual({ connections: 0, groups: 0, members: 0 });
  });
});

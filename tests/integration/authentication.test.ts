// Who gets in, over real HTTP and WebSockets: tokens, roles, and what happens when a token ends.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isAtLeast, roles } from '../../src/domain/principal.ts';
import type { Role } from '../../src/domain/principal.ts';
import { fieldRoles } from '../../src/graphql/access.ts';
import { makeSchema } from '../../src/graphql/schema.ts';
import { eventually } from '../support/eventually.ts';
import { startGuardedApi } from '../support/guarded-api.ts';
import type { GuardedApi } from '../support/guarded-api.ts';
import { openWebSocket } from '../support/raw-web-socket.ts';
import type { Frame, RawWebSocket } from '../support/raw-web-socket.ts';
import { rootFieldDocuments } from '../support/schema-documents.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { signToken, startIdentityProvider, unsignedToken } from '../support/tokens.ts';

const documents = rootFieldDocuments(makeSchema());

let database: TestDatabase;
let api: GuardedApi;
const tokens = new Map<Role, string>();
beforeAll(async () => {
  database = await createTestDatabase();
  api = await startGuardedApi(database.url);
  for (const role of roles) tokens.set(role, await signToken({ sub: `the ${role}`, role }));
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await database.drop();
});

const tokenOf = (role: Role): string => tokens.get(role) ?? '';
const connect = async (token: string): Promise<RawWebSocket> => openWebSocket(api.url, { init: { authorization: `Bearer ${token}` } });
const codesIn = ({ payload }: Frame): unknown[] =>
  (payload as { extensions?: { code?: unknown } }[]).map(({ extensions }) => extensions?.code);

/** It was not run; also for a document that is not what the test means. */
const isRefusal = (code: unknown): boolean =>
  ['FORBIDDEN', 'UNAUTHENTICATED', 'GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED'].includes(String(code));

/** The codes of the operation's errors, wherever they come in its frames; [] once it answers, ends or waits for news. */
async function codesOver(raw: RawWebSocket, id: string, document: string): Promise<unknown[]> {
  raw.subscribe(id, document);
  const frame = await raw.frame((candidate) => candidate.id === id);
  if (frame.type === 'error') return codesIn(frame);
  const { errors = [] } = (frame.payload ?? {}) as { errors?: { extensions?: { code?: unknown } }[] };
  return errors.map(({ extensions }) => extensions?.code);
}

describe.each(documents)('$operation $field', ({ operation, field, document }) => {
  const needed = fieldRoles[operation][field] ?? 'admin';

  test('is for nobody without a token', async () => {
    const { status, headers, codes, data } = await api.ask(null, document);
    expect({ status, codes, data }).toEqual({ status: 401, codes: ['UNAUTHENTICATED'], data: undefined });
    expect(headers.get('www-authenticate')).toBe('Bearer realm="carillon"');
  });

  test.each(roles)(`over HTTP is for ${needed} and above: as %s`, async (role) => {
    const { status, codes } = await api.ask(tokenOf(role), document);
    if (isAtLeast(role, needed)) expect(codes.filter(isRefusal)).toEqual([]);
    else expect({ status, codes }).toEqual({ status: 403, codes: ['FORBIDDEN'] });
  });

  test.each(roles)(`over the WebSocket is for ${needed} and above: as %s`, async (role) => {
    using raw = await connect(tokenOf(role));
    const codes = await codesOver(raw, '1', document);
    if (isAtLeast(role, needed)) expect(codes.filter(isRefusal)).toEqual([]);
    else expect(codes).toEqual(['FORBIDDEN']);
    // A refused operation ends itself and not the connection.
    expect(await codesOver(raw, '2', '{ __typename }')).toEqual([]);
  });
});

test('a document with one forbidden field runs none of its fields', async () => {
  const create = 'createClient(input: { phone: "79000000001", timeZone: "Europe/Moscow" }) { client { id } }';
  const { codes, data, errors } = await api.ask(tokenOf('viewer'), `mutation { __typename a: ${create} b: ${create} }`);

  expect({ codes, data }).toEqual({ codes: ['FORBIDDEN'], data: undefined });
  expect(errors[0]?.message).toBe("Not permitted: createClient needs the role operator; the token's role is viewer.");
  const clients = await database.pool.query('select from client where phone = 79000000001');
  expect(clients.rowCount).toBe(0);
});

describe('a token that does not count', () => {
  const bad = async (): Promise<readonly (readonly [string, string])[]> => [
    ['expired', await signToken({ exp: -60 })],
    ['not valid yet', await signToken({ nbf: 60 })],
    ['signed by somebody else', await signToken({}, 'another secret of the tests, 32 bytes and more')],
    ['without a signature', unsignedToken({ alg: 'none' }, { sub: 'anna', role: 'admin', exp: 9_999_999_999 })],
    ['no token at all', 'hello'],
  ];

  test('is answered with 401 and a challenge over HTTP, before the body is read', async () => {
    for (const [name, token] of await bad()) {
      const { status, headers, codes } = await api.ask(token, '{ this is not GraphQL');
      expect({ name, status, codes }).toEqual({ name, status: 401, codes: ['UNAUTHENTICATED'] });
      expect(headers.get('www-authenticate')).toBe('Bearer realm="carillon", error="invalid_token"');
    }
  });

  test('closes the WebSocket with 4401, as a missing one does', async () => {
    const inits = [{}, { authorization: 7 }, { authorization: 'Basic YTpi' }, { token: tokenOf('admin') }];
    for (const [, token] of await bad()) inits.push({ authorization: `Bearer ${token}` });
    for (const init of inits) {
      using raw = await openWebSocket(api.url, { init: null });
      raw.send({ type: 'connection_init', payload: init });
      expect(await raw.closed).toEqual({ code: 4401, reason: 'Unauthorized' });
      expect(raw.frames()).toEqual([]);
    }
  });

  test('with a good signature and no role is answered with 403 and 4403', async () => {
    const token = await signToken({ role: 'superuser' });
    const { status, headers, codes } = await api.ask(token, '{ __typename }');
    expect({ status, codes }).toEqual({ status: 403, codes: ['FORBIDDEN'] });
    expect(headers.get('www-authenticate')).toBe('Bearer realm="carillon", error="insufficient_scope"');
    using raw = await openWebSocket(api.url, { init: null });
    raw.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    expect(await raw.closed).toMatchObject({ code: 4403 });
  });

  test('never stands in an answer or in the log', async () => {
    const [, payload = ''] = tokenOf('admin').split('.');
    await api.ask(`${tokenOf('admin')}x`, '{ __typename }');
    expect(JSON.stringify(api.logLines)).not.toContain(payload);
  });
});

test('who was refused on which transport and why stands in the log', async () => {
  await api.ask(null, '{ __typename }');
  using raw = await openWebSocket(api.url, { init: null });
  raw.send({ type: 'connection_init', payload: { authorization: 'Bearer x' } });
  await raw.closed;
  const refusals = api.logLines.filter(({ msg }) => msg === 'refused');
  expect(refusals).toContainEqual(
    expect.objectContaining({ reason: 'missing', transport: 'http', path: '/graphql', requestId: expect.any(String) }),
  );
  expect(refusals.at(-1)).toMatchObject({ reason: 'invalid', transport: 'websocket', requestId: expect.any(String) });
});

test('a WebSocket is closed with 4403 when its token expires, and what it was subscribed to ends', async () => {
  // Tokens count 5 s longer than they say, for clocks that differ.
  using raw = await connect(await signToken({ role: 'viewer', exp: 3 }));
  raw.subscribe('1', 'subscription { statistics { clients } }');
  await raw.frame(({ type }) => type === 'next');
  expect(await raw.closed).toEqual({ code: 4403, reason: 'Forbidden: the token has expired' });
});

test('a connection takes its token once: a second connection_init closes it', async () => {
  using raw = await connect(tokenOf('viewer'));
  raw.send({ type: 'connection_init', payload: { authorization: `Bearer ${tokenOf('admin')}` } });
  expect(await raw.closed).toMatchObject({ code: 4429 });
});

test('the health of the service and the playground are open to everybody', async () => {
  for (const [path, accept] of [
    ['/healthz', '*/*'],
    ['/readyz', '*/*'],
    ['/graphql', 'text/html'],
  ] as const) {
    await eventually(async () => {
      const response = await fetch(`${api.url}${path}`, { headers: { accept } });
      await response.arrayBuffer();
      expect([path, response.status]).toEqual([path, 200]);
    });
  }
  const query = await fetch(`${api.url}/graphql?query={__typename}`, {
    headers: { accept: 'text/html', 'apollo-require-preflight': 'true' },
  });
  expect(query.status).toBe(401);
});

test('the log says who did it, on both transports', async () => {
  await api.ask(tokenOf('operator'), 'mutation OverHttp { pauseMailing(id: "77") { userErrors { code } } }');
  using raw = await connect(tokenOf('admin'));
  await codesOver(raw, '1', 'mutation OverSocket { pauseMailing(id: "78") { userErrors { code } } }');
  raw.subscribe('2', 'subscription Watching { statistics { clients } }');
  await raw.frame(({ id, type }) => id === '2' && type === 'next');
  raw.send({ id: '2', type: 'complete' });

  const lineOf = (operation: string) => api.logLines.find((line) => line['operation'] === operation);
  expect(lineOf('OverHttp')).toMatchObject({ actor: 'the operator', role: 'operator', mailingId: '77', outcome: 'refused' });
  expect(lineOf('OverSocket')).toMatchObject({ actor: 'the admin', role: 'admin', mailingId: '78' });
  await eventually(() => expect(lineOf('Watching')).toMatchObject({ actor: 'the admin', role: 'admin', type: 'subscription' }));
});

describe('an identity provider', () => {
  test('signs tokens for this service, and its tokens for others do not count', async () => {
    await using provider = await startIdentityProvider();
    const rules = { AUTH_JWKS_URL: provider.jwksUrl, AUTH_ISSUER: 'https://id.example', AUTH_AUDIENCE: 'carillon' };
    await using guarded = await startGuardedApi(database.url, rules);
    const claims = { iss: 'https://id.example', aud: 'carillon', role: 'viewer' };

    expect(await guarded.ask(await provider.sign(claims), '{ statistics { clients } }')).toMatchObject({ status: 200, errors: [] });
    for (const other of [{ aud: 'billing' }, { iss: 'https://evil.example' }]) {
      expect(await guarded.ask(await provider.sign({ ...claims, ...other }), '{ __typename }')).toMatchObject({ status: 401 });
    }
    expect(await guarded.ask(await signToken(claims), '{ __typename }')).toMatchObject({ status: 401, codes: ['UNAUTHENTICATED'] });
  });

  test('that does not answer makes the service say so, and to try again', async () => {
    await using provider = await startIdentityProvider();
    provider.answer({ status: 500, body: '' });
    await using guarded = await startGuardedApi(database.url, { AUTH_JWKS_URL: provider.jwksUrl });
    const token = await provider.sign();

    const { status, headers, codes } = await guarded.ask(token, '{ __typename }');
    expect({ status, codes }).toEqual({ status: 503, codes: ['SERVICE_UNAVAILABLE'] });
    expect(headers.get('retry-after')).toBe('5');
    using raw = await openWebSocket(guarded.url, { init: null });
    raw.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    expect(await raw.closed).toMatchObject({ code: 1013 });
    await eventually(async () => expect((await fetch(`${guarded.url}/readyz`)).status).toBe(200));

    provider.answer(null);
    expect(await guarded.ask(token, '{ __typename }')).toMatchObject({ status: 200 });
  });
});

// The lock that every path of the port can use, on a path of the test's own.
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Authenticate } from '../../src/domain/principal.ts';
import { sendJson } from '../../src/http/exchange.ts';
import { makeRequireRole } from '../../src/http/require-role.ts';
import { startTinyApi } from '../support/tiny-api.ts';
import type { TinyApi } from '../support/tiny-api.ts';

const authenticate: Authenticate = async (authorization) => {
  const role = (['viewer', 'operator', 'admin'] as const).find((known) => authorization === `Bearer ${known}`);
  if (role === undefined) return { ok: false, reason: authorization === undefined ? 'missing' : 'invalid', message: 'no' };
  return { ok: true, principal: { subject: `the ${role}`, role, expiresAt: null } };
};

let api: TinyApi;
beforeAll(async () => {
  const requireRole = makeRequireRole(authenticate);
  api = await startTinyApi({
    routes: [
      {
        path: '/operators',
        methods: ['POST'],
        handle: async (exchange) => {
          const principal = await requireRole(exchange, 'operator');
          if (principal === null) return;
          sendJson(exchange.response, 200, { subject: principal.subject, body: await text(exchange.request) });
        },
      },
    ],
  });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const post = async (authorization: string | null, body = 'hello') =>
  fetch(`${api.url}/operators`, { method: 'POST', headers: authorization === null ? {} : { authorization }, body });

test('lets through who has the role or a greater one, with the body untouched', async () => {
  for (const role of ['operator', 'admin']) {
    expect(await (await post(`Bearer ${role}`)).json()).toEqual({ subject: `the ${role}`, body: 'hello' });
  }
});

test.each([
  [null, 401, 'UNAUTHENTICATED', 'Bearer realm="carillon"', 'no'],
  ['Bearer nobody', 401, 'UNAUTHENTICATED', 'Bearer realm="carillon", error="invalid_token"', 'no'],
  [
    'Bearer viewer',
    403,
    'FORBIDDEN',
    'Bearer realm="carillon", error="insufficient_scope"',
    "This needs the role operator; the token's role is viewer.",
  ],
])('answers %j with %i %s and a challenge', async (authorization, status, code, challenge, message) => {
  const response = await post(authorization);
  expect([response.status, response.headers.get('www-authenticate')]).toEqual([status, challenge]);
  expect(await response.json()).toEqual({ errors: [{ message, extensions: { code, requestId: response.headers.get('x-request-id') } }] });
});

test('lets a refused sender of a large body read the answer, and cuts one who goes on and on', async () => {
  const refused = await post(null, 'x'.repeat(10 * 1024 * 1024));
  expect(refused.status).toBe(401);
  await refused.arrayBuffer();

  const { hostname, port } = new URL(api.url);
  const endless = connect(Number(port), hostname);
  const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000), Buffer.from('\r\n')]);
  const goOn = (): void => {
    while (endless.write(chunk));
  };
  let answer = '';
  endless.on('data', (data) => (answer += String(data)));
  endless.on('error', () => {});
  endless.on('drain', goOn);
  endless.write('POST /operators HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n', goOn);
  await new Promise((resolve) => endless.on('close', resolve));
  expect(answer).toContain('HTTP/1.1 401 ');
});

// Whom the console's page may talk to when people sign in with a provider: what the provider says of itself, over real HTTP.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { makeOidcOrigins } from '../../src/http/oidc-origins.ts';

let url: string;
let answer: { readonly status: number; readonly body: string };
let asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(request.url ?? '');
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
});
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
// How long an answer may take is not what these tests are about.
beforeEach(() => void vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => new AbortController().signal));
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  asked = [];
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const silent = pino({ level: 'silent' });
const publish = (description: object) => (answer = { status: 200, body: JSON.stringify(description) });

test('the origins of the issuer and of its endpoints, asked for once', async () => {
  publish({
    token_endpoint: 'https://tokens.example/oauth2/token',
    revocation_endpoint: `${url}/revoke`,
    authorization_endpoint: 'https://pages.example/authorize',
  });
  const origins = makeOidcOrigins({ issuer: `${url}/realm/`, log: silent });
  expect(await Promise.all([origins(), origins()])).toEqual(Array(2).fill([url, 'https://tokens.example'].toSorted()));
  expect(asked).toEqual(['/realm/.well-known/openid-configuration']);
});

test('what is no address gets no place in a policy', async () => {
  publish({ token_endpoint: "https://a.example 'unsafe-inline'; script-src *", revocation_endpoint: 'javascript:alert(1)' });
  expect(await makeOidcOrigins({ issuer: url, log: silent })()).toEqual([url]);
  publish({ token_endpoint: 7 });
  expect(await makeOidcOrigins({ issuer: url, log: silent })()).toEqual([url]);
});

test('while the provider is away only the issuer is named, with a warning; it is asked again, and what was known stays', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const lines: unknown[] = [];
  const origins = makeOidcOrigins({ issuer: url, log: pino({ level: 'warn' }, { write: (line: string) => lines.push(JSON.parse(line)) }) });
  answer = { status: 503, body: 'away' };
  expect([await origins(), await origins()]).toEqual([[url], [url]]);
  expect(lines).toMatchObject([{ level: 40, setting: 'AUTH_OIDC_ISSUER' }]);

  publish({ token_endpoint: 'https://tokens.example/token' });
  vi.advanceTimersByTime(10_000);
  expect(await origins()).toContain('https://tokens.example');
  answer = { status: 200, body: 'no JSON' };
  vi.advanceTimersByTime(60 * 60 * 1000);
  expect(await origins()).toContain('https://tokens.example');
  expect(asked.length).toBe(3);
});

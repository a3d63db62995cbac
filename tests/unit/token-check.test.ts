// Which bearer tokens count, by a shared secret and by published keys.
import fc from 'fast-check';
import pino from 'pino';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { makeTokenCheck } from '../../src/http/token-check.ts';
import type { TokenCheckOptions } from '../../src/http/token-check.ts';
import { eventually } from '../support/eventually.ts';
import { signToken, startIdentityProvider, testSecret, unsignedToken } from '../support/tokens.ts';
import type { TokenClaims } from '../support/tokens.ts';

const silent = pino({ level: 'silent' });
const bySecret: TokenCheckOptions = { keys: { kind: 'secret', secret: testSecret }, issuer: null, audience: null, log: silent };
const check = makeTokenCheck(bySecret);
const strict = makeTokenCheck({ ...bySecret, issuer: 'https://issuer.example', audience: 'carillon' });

const good = { iss: 'https://issuer.example', aud: 'carillon' };
const invalid = (message: string) => ({ ok: false, reason: 'invalid', message });

describe('a shared secret', () => {
  test('recognises who it is, the role, and until when', async () => {
    const before = Date.now();
    const authentication = await check(`Bearer ${await signToken({ sub: 'anna', role: 'viewer', exp: 60 })}`);

    expect(authentication).toEqual({ ok: true, principal: { subject: 'anna', role: 'viewer', expiresAt: expect.any(Number) } });
    const expiresAt = authentication.ok ? (authentication.principal.expiresAt ?? 0) : 0;
    // The end of a second, and what clocks may differ.
    expect(expiresAt - before).toBeGreaterThan(59_000);
    expect(expiresAt - before).toBeLessThanOrEqual(66_000);
  });

  test.each([
    ['expired', { exp: -60 }, 'The token has expired: get a new one.'],
    ['not valid yet', { nbf: 60 }, 'The token is not valid yet.'],
    ['without an end', { exp: null }, 'The token must say in its claim exp when it expires.'],
    ['of another issuer', { ...good, iss: 'https://evil.example' }, 'The token comes from another issuer.'],
    ['without an issuer', { aud: 'carillon' }, 'The token comes from another issuer.'],
    ['for another audience', { ...good, aud: ['billing', 'shop'] }, 'The token is meant for another audience.'],
    ['without an audience', { iss: good.iss }, 'The token is meant for another audience.'],
    ['without a subject', { ...good, sub: undefined }, 'The token must say in its claim sub who its bearer is, in 1 to 200 characters.'],
    [
      'with a subject that is no text',
      { ...good, sub: 7 },
      'The token must say in its claim sub who its bearer is, in 1 to 200 characters.',
    ],
    ['with an empty subject', { ...good, sub: '' }, 'The token must say in its claim sub who its bearer is, in 1 to 200 characters.'],
    [
      'with a subject that is too long',
      { ...good, sub: 'x'.repeat(201) },
      'The token must say in its claim sub who its bearer is, in 1 to 200 characters.',
    ],
    [
      'with a subject that cannot be stored',
      { ...good, sub: 'a\0b' },
      'The token must say in its claim sub who its bearer is, in 1 to 200 characters.',
    ],
  ] satisfies [string, TokenClaims, string][])('refuses a token that is %s', async (_name, claims, message) => {
    expect(await strict(`Bearer ${await signToken({ ...(!('iss' in claims || 'aud' in claims) && good), ...claims })}`)).toEqual(
      invalid(message),
    );
  });

  test('takes a token with the right issuer and one right audience among others', async () => {
    expect(await strict(`Bearer ${await signToken({ ...good, aud: ['shop', 'carillon'] })}`)).toMatchObject({ ok: true });
  });

  test.each([[undefined], ['Operator'], ['superuser'], [['Admin', 'shop']], [{ admin: true }], [1], [null]])(
    'gives no role to the claim %j',
    async (role) => {
      expect(await check(`Bearer ${await signToken({ role })}`)).toEqual({
        ok: false,
        reason: 'no-role',
        message: "The token's claim role must be one of viewer, operator, admin.",
      });
    },
  );

  test('takes the highest role of a list, from the claim that the settings name', async () => {
    const named = makeTokenCheck({ ...bySecret, roleClaim: 'https://carillon.example/roles' });
    const roleOf = async (roles: unknown) => named(`Bearer ${await signToken({ role: 'admin', 'https://carillon.example/roles': roles })}`);
    expect(await roleOf(['operator', 'shop', 'viewer'])).toMatchObject({ ok: true, principal: { role: 'operator' } });
    expect(await roleOf('viewer')).toMatchObject({ ok: true, principal: { role: 'viewer' } });
    expect(await roleOf(['shop'])).toEqual({
      ok: false,
      reason: 'no-role',
      message: "The token's claim https://carillon.example/roles must be one of viewer, operator, admin.",
    });
  });

  test('refuses a token that another secret signed, one of another algorithm, and those without a signature', async () => {
    const payload = { sub: 'anna', role: 'admin', exp: Math.floor(Date.now() / 1_000) + 60 };
    const forged = [
      await signToken({}, 'another secret of the tests, 32 bytes and more'),
      await signToken({}, testSecret.repeat(2), 'HS512'),
      unsignedToken({ alg: 'none' }, payload),
      unsignedToken({ alg: 'None', typ: 'JWT' }, payload),
      unsignedToken({ alg: 'HS256' }, payload),
      unsignedToken({}, payload),
    ];
    for (const token of forged) expect(await check(`Bearer ${token}`)).toEqual(invalid('The token is not valid here.'));
  });

  test('asks for a bearer token where there is none', async () => {
    for (const authorization of [undefined, '', 'Basic YTpi', 'Bearerx.y.z', await signToken()]) {
      expect(await check(authorization)).toMatchObject({ ok: false, reason: 'missing' });
    }
    for (const authorization of ['Bearer', 'Bearer ', 'Bearer a b', `Bearer ${'x'.repeat(9_000)}`]) {
      expect(await check(authorization)).toMatchObject({ ok: false, reason: 'invalid' });
    }
    expect(await check(`bearer  ${await signToken()} `)).toMatchObject({ ok: true });
  });

  test('refuses every token with a changed character, and never takes one for a fault of ours', async () => {
    const token = await signToken();
    // The last character of a base64url text may carry bits that mean nothing.
    const place = fc.integer({ min: 0, max: token.length - 2 });
    const character = fc.constantFrom(...'abcXYZ019-_.'.split(''));
    await fc.assert(
      fc.asyncProperty(place, character, async (index, other) => {
        fc.pre(token[index] !== other);
        expect(await check(`Bearer ${token.slice(0, index)}${other}${token.slice(index + 1)}`)).toMatchObject({
          ok: false,
          reason: 'invalid',
        });
      }),
    );
  });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('published keys', () => {
  const byKeys = (url: string): TokenCheckOptions => ({ ...bySecret, keys: { kind: 'jwks', url } });

  test('recognise what their owner signed, over one request', async () => {
    await using provider = await startIdentityProvider();
    const checkToken = makeTokenCheck(byKeys(provider.jwksUrl));
    for (const role of ['viewer', 'operator', 'admin'] as const) {
      expect(await checkToken(`Bearer ${await provider.sign({ role })}`)).toMatchObject({ ok: true, principal: { role } });
    }
    expect(provider.requests()).toBe(1);
    expect(await checkToken(`Bearer ${await provider.sign({ exp: -60 })}`)).toEqual(invalid('The token has expired: get a new one.'));
  });

  test('refuse a token that was signed with a public key as if it were a secret, and one of nobody they know', async () => {
    await using provider = await startIdentityProvider();
    await using other = await startIdentityProvider();
    const checkToken = makeTokenCheck(byKeys(provider.jwksUrl));
    const publicKey = JSON.stringify(provider.publicKey());
    for (const token of [
      await signToken({}, publicKey),
      await signToken(),
      await other.sign(),
      unsignedToken({ alg: 'none' }, { sub: 'a', role: 'admin' }),
    ]) {
      expect(await checkToken(`Bearer ${token}`)).toEqual(invalid('The token is not valid here.'));
    }
  });

  test.each([
    { status: 500, body: '{}' },
    { status: 200, body: '<html>' },
    { status: 200, body: '{"keys":5}' },
  ])('that cannot be read ($status $body) do not make the token wrong, and count as soon as they can', async (answer) => {
    await using provider = await startIdentityProvider();
    provider.answer(answer);
    const checkToken = makeTokenCheck(byKeys(provider.jwksUrl));
    const token = `Bearer ${await provider.sign()}`;
    expect(await checkToken(token)).toEqual({
      ok: false,
      reason: 'unavailable',
      message: 'Tokens cannot be checked at the moment. Try again.',
    });
    provider.answer(null);
    expect(await checkToken(token)).toMatchObject({ ok: true });
  });

  test('that are new count within half a minute, those that were withdrawn no longer after ten', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    await using provider = await startIdentityProvider();
    const checkToken = makeTokenCheck(byKeys(provider.jwksUrl));
    const old = `Bearer ${await provider.sign({}, 'key-1')}`;
    expect(await checkToken(old)).toMatchObject({ ok: true });

    await provider.rotate();
    vi.advanceTimersByTime(31_000);
    expect(await checkToken(`Bearer ${await provider.sign()}`)).toMatchObject({ ok: true });
    expect(await checkToken(old)).toMatchObject({ ok: true });

    provider.withdraw('key-1');
    vi.advanceTimersByTime(600_000);
    await eventually(async () => expect(await checkToken(old)).toEqual(invalid('The token is not valid here.')));
  });

  test('go on counting while they do not answer', async () => {
    await using provider = await startIdentityProvider();
    const checkToken = makeTokenCheck(byKeys(provider.jwksUrl));
    expect(await checkToken(`Bearer ${await provider.sign()}`)).toMatchObject({ ok: true });
    provider.answer({ status: 503, body: '' });
    expect(await checkToken(`Bearer ${await provider.sign()}`)).toMatchObject({ ok: true });
  });
});

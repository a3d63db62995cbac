// What the console sees in a token before the service does, and what it tells of one that does not count.
import { describe, expect, test } from 'vitest';
import { checkToken } from '../../web/src/session/check-token.ts';
import { nameIn, readClaims, toTokens } from '../../web/src/session/tokens.ts';
import { signToken, unsignedToken } from '../support/tokens.ts';

test('claims are read, in every script', () => {
  const claims = { sub: 'anna', name: 'Анна Орлова 🕊', exp: 7 };
  expect(readClaims(unsignedToken({ alg: 'none' }, claims))).toEqual(claims);
  expect(toTokens('a.b.c', claims)).toMatchObject({ accessToken: 'a.b.c', subject: 'anna', name: 'Анна Орлова 🕊', expiresAt: 7_000 });
  expect(toTokens('a.b.c', { exp: '7', sub: 7 })).toMatchObject({ subject: null, name: null, expiresAt: null });
});

test.each(['', 'a', 'a.b', 'a.b.c', 'a.b.c.d', 'a.!.c', `a.${btoa('7')}.c`, `a.${btoa('null')}.c`])('%j is no token', (text) => {
  expect(readClaims(text)).toBeNull();
});

test.each([
  [{ sub: '7f', preferred_username: 'anna', email: 'a@b.example' }, 'anna'],
  [{ sub: '7f', name: ' ', email: 'a@b.example' }, 'a@b.example'],
  [{ sub: '7f', name: 7 }, '7f'],
  [{}, null],
])('%j is known as %s', (claims, name) => {
  expect(nameIn(claims)).toBe(name);
});

describe('a pasted token', () => {
  const answer = (status: number, message?: string) => async () =>
    new Response(message === undefined ? '<html>' : JSON.stringify({ errors: [{ message }] }), { status });
  const unasked = async (): Promise<Response> => {
    throw new Error('the service was asked');
  };

  test('is taken as a header has it, and as a terminal breaks it', async () => {
    const token = await signToken();
    const asked: string[] = [];
    const ask = async (sent: string) => {
      asked.push(sent);
      return new Response('{}');
    };
    for (const text of [token, `Bearer ${token}`, `authorization: bearer ${token}`, ` ${token.slice(0, 50)}\r\n  ${token.slice(50)} `]) {
      expect(await checkToken(text, ask)).toMatchObject({ ok: true, tokens: { accessToken: token, subject: 'anna', refreshToken: null } });
    }
    expect(new Set(asked)).toEqual(new Set([token]));
  });

  test.each([
    ['empty', async () => ' Bearer ', unasked, null],
    ['notAToken', async () => 'hello', unasked, null],
    ['expired', async () => signToken({ exp: -1 }), unasked, null],
    ['refused', signToken, answer(401, 'The token is not valid here.'), 'The token is not valid here.'],
    ['refused', signToken, answer(401), null],
    ['noRole', signToken, answer(403, 'No role.'), 'No role.'],
    ['unavailable', signToken, answer(503, 'Try again.'), null],
    ['network', signToken, unasked, null],
  ])('is at fault: %s', async (kind, token, ask, words) => {
    expect(await checkToken(await token(), ask)).toEqual({ ok: false, fault: { kind, words } });
  });
});

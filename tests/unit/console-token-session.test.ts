// A session of the console that lives on tokens: when they are renewed, who waits for what, and how it ends.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { makeTokenSession, SignInFault } from '../../web/src/session/token-session.ts';
import type { TokenSession } from '../../web/src/session/token-session.ts';
import type { Tokens } from '../../web/src/session/tokens.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

const tokens = (accessToken: string, lifeMs: number | null, part: Partial<Tokens> = {}): Tokens => ({
  accessToken,
  expiresAt: lifeMs === null ? null : Date.now() + lifeMs,
  refreshToken: 'refresh',
  idToken: null,
  subject: 'anna',
  name: 'Anna',
  scope: null,
  ...part,
});

interface Stage {
  readonly session: TokenSession;
  readonly kept: (Tokens | null)[];
  /** What the provider answers next; it gives tokens of ten minutes when there is nothing. */
  readonly answers: (Tokens | SignInFault)[];
  readonly renewals: () => number;
  readonly others: () => number;
}

function stage({ canRenew = true } = {}): Stage {
  const kept: (Tokens | null)[] = [];
  const answers: (Tokens | SignInFault)[] = [];
  let renewals = 0;
  let others = 0;
  const session = makeTokenSession({
    keep: (next) => kept.push(next),
    renew: canRenew
      ? async () => {
          renewals += 1;
          const answer = answers.shift() ?? tokens(`renewed ${renewals}`, 600_000);
          if (answer instanceof SignInFault) throw answer;
          return answer;
        }
      : null,
    leave: async () => undefined,
    onOtherPerson: () => (others += 1),
  });
  return { session, kept, answers, renewals: () => renewals, others: () => others };
}

const away = (): SignInFault => new SignInFault('unreachable', null);
const signedOut = (reason: string, words: string | null = null) => ({ kind: 'signed-out', why: { reason, words } });

/** Whether the promise is still open, after everything that can happen now. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const open = Symbol('open');
  await vi.advanceTimersByTimeAsync(0);
  return (await Promise.race([promise, Promise.resolve(open)])) === open;
}

describe('renewal', () => {
  test.each([
    ['a minute before the end', 600_000, 540_000],
    ['in the last quarter of a short life', 40_000, 30_000],
  ])('comes %s', async (_when, lifeMs, atMs) => {
    const { session, renewals } = stage();
    session.enter(tokens('first', lifeMs));
    await vi.advanceTimersByTimeAsync(atMs - 1);
    expect([renewals(), await session.token()]).toEqual([0, 'first']);
    await vi.advanceTimersByTimeAsync(1);
    expect([renewals(), await session.token()]).toEqual([1, 'renewed 1']);
    expect(session.current()).toEqual({ kind: 'signed-in', name: 'Anna', endsAt: null });
  });

  test('is tried again while the provider is away, and the token goes on meanwhile', async () => {
    const { session, answers, renewals } = stage();
    answers.push(away(), away());
    session.enter(tokens('first', 600_000));
    await vi.advanceTimersByTimeAsync(545_000);
    expect([renewals(), await session.token()]).toEqual([2, 'first']);
    await vi.advanceTimersByTimeAsync(5_000);
    expect([renewals(), await session.token()]).toEqual([3, 'renewed 3']);
  });

  test('that never succeeds ends the session with the token, and says why', async () => {
    const { session, answers } = stage();
    answers.push(...Array.from({ length: 200 }, away));
    session.enter(tokens('first', 600_000));
    await vi.advanceTimersByTimeAsync(600_000);
    expect(session.current()).toEqual(signedOut('unreachable'));
  });

  test('that the provider refuses ends the session at once', async () => {
    const { session, answers, kept } = stage();
    answers.push(new SignInFault('provider', 'grant request is invalid'));
    session.enter(tokens('first', 600_000));
    await vi.advanceTimersByTimeAsync(540_000);
    expect(session.current()).toEqual(signedOut('expired', 'grant request is invalid'));
    expect(kept.at(-1)).toBeNull();
  });

  test('happens once for all who wait, when a machine wakes after the end', async () => {
    const { session, renewals } = stage();
    session.enter(tokens('first', 600_000));
    vi.setSystemTime(3_600_000);
    expect(await Promise.all([session.token(), session.token()])).toEqual(['renewed 1', 'renewed 1']);
    expect(renewals()).toBe(1);
  });

  test('whose answer comes after somebody has signed out changes nothing', async () => {
    const { session } = stage();
    session.enter(tokens('first', 600_000));
    vi.setSystemTime(3_600_000);
    const asked = session.token();
    const refused = expect(asked).rejects.toThrow('signed out');
    await session.signOut();
    await refused;
    expect(session.current()).toEqual(signedOut('left'));
  });
});

describe('a session that cannot be prolonged', () => {
  test('says until when it is, and ends then', async () => {
    const { session } = stage({ canRenew: false });
    session.enter(tokens('pasted', 40_000));
    expect(session.current()).toEqual({ kind: 'signed-in', name: 'Anna', endsAt: 40_000 });
    await vi.advanceTimersByTimeAsync(39_999);
    expect(session.current().kind).toBe('signed-in');
    await vi.advanceTimersByTimeAsync(1);
    expect(session.current()).toEqual(signedOut('expired'));
  });

  test('of many weeks is waited for, though timers cannot', async () => {
    const { session } = stage({ canRenew: false });
    const weeksMs = 60 * 24 * 3_600_000;
    session.enter(tokens('pasted', weeksMs));
    await vi.advanceTimersByTimeAsync(120_000);
    expect(await session.token()).toBe('pasted');
    vi.setSystemTime(weeksMs);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(session.current()).toEqual(signedOut('expired'));
  });

  test('without a known end goes on until the service refuses the token', async () => {
    const { session } = stage({ canRenew: false });
    session.enter(tokens('pasted', null));
    await vi.advanceTimersByTimeAsync(10 * 24 * 3_600_000);
    expect(await session.token()).toBe('pasted');
    session.refused('pasted', 'The token is not valid here.');
    expect(session.current()).toEqual(signedOut('refused', 'The token is not valid here.'));
  });
});

describe('a refused token', () => {
  test('is renewed, and who asks meanwhile gets the next one', async () => {
    const { session, renewals } = stage();
    session.enter(tokens('first', 600_000));
    await vi.advanceTimersByTimeAsync(60_000);
    session.refused('first');
    expect([await session.token(), renewals()]).toEqual(['renewed 1', 1]);
  });

  test('that was given a moment ago would be refused again: the session is over, in the words of the service', () => {
    const { session, renewals } = stage();
    session.enter(tokens('first', 600_000));
    session.refused('first', 'The token is meant for another audience.');
    expect(session.current()).toEqual(signedOut('refused', 'The token is meant for another audience.'));
    expect(renewals()).toBe(0);
  });

  test('that has been replaced already says nothing about the next', async () => {
    const { session } = stage();
    session.enter(tokens('first', 600_000));
    await vi.advanceTimersByTimeAsync(540_000);
    session.refused('first');
    expect([session.current().kind, await session.token()]).toEqual(['signed-in', 'renewed 1']);
  });

  test('does not make the session hang when the provider is away', async () => {
    const { session, answers } = stage();
    answers.push(away());
    session.enter(tokens('first', 600_000));
    await vi.advanceTimersByTimeAsync(60_000);
    session.refused('first');
    await vi.advanceTimersByTimeAsync(0);
    expect(session.current()).toEqual(signedOut('unreachable'));
  });
});

describe('while nobody is signed in', () => {
  test('requests wait, and go on with the token of who comes again', async () => {
    const { session } = stage({ canRenew: false });
    session.enter(tokens('first', 10_000));
    await vi.advanceTimersByTimeAsync(10_000);
    const asked = session.token();
    expect(await isPending(asked)).toBe(true);
    // Said twice, by two sockets.
    session.end('expired');
    session.enter(tokens('second', 10_000));
    expect(await asked).toBe('second');
  });

  test('nothing of a person who has signed out is sent by the next one', async () => {
    const { session } = stage({ canRenew: false });
    session.enter(tokens('first', 10_000));
    await vi.advanceTimersByTimeAsync(10_000);
    const asked = session.token();
    const refused = expect(asked).rejects.toThrow('signed out');
    session.end('left');
    session.enter(tokens('second', 10_000, { subject: 'victor' }));
    await refused;
    expect(await session.token()).toBe('second');
  });

  test('another person who signs in gets a page of their own, and waiting requests are never sent', async () => {
    const { session, others, kept } = stage({ canRenew: false });
    session.enter(tokens('first', 10_000));
    await vi.advanceTimersByTimeAsync(10_000);
    const asked = session.token();
    session.enter(tokens('second', 10_000, { subject: 'victor' }));
    expect([others(), kept.at(-1)?.accessToken, await isPending(asked)]).toEqual([1, 'second', true]);
  });
});

test('every change is told, and a token that follows another', async () => {
  const { session } = stage();
  const seen: string[] = [];
  const stop = session.watch(() => seen.push(session.current().kind));
  session.end('new');
  session.leaveForProvider();
  session.enter(tokens('first', 600_000));
  await vi.advanceTimersByTimeAsync(540_000);
  stop();
  session.end('left');
  expect(seen).toEqual(['signed-out', 'entering', 'signed-in', 'signed-in']);
});

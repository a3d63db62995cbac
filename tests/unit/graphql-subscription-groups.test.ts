import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeSubscriptionGroups } from '../../src/graphql/subscription-groups.ts';
import type { GroupMember } from '../../src/graphql/subscription-groups.ts';
import { makeLatestValue } from '../../src/live/latest-value.ts';
import { eventually } from '../support/eventually.ts';

/** A member that writes down what happens to it. */
const recorder = (onOffer: (payload: string) => void = () => {}) => {
  const seen: string[] = [];
  const member: GroupMember<string> = {
    offer: (payload) => {
      seen.push(payload);
      onOffer(payload);
    },
    end: () => seen.push('end'),
    fail: (error) => seen.push(`fail ${String(error)}`),
  };
  return { seen, member };
};
const source = () => {
  const state = { starts: 0, returns: 0 };
  const value = makeLatestValue<string>({ gapMs: 0, onReturn: () => (state.returns += 1) });
  const start = async () => {
    state.starts += 1;
    return value.reader;
  };
  return { state, value, start };
};

describe('a large group', () => {
  test('offers nothing to those who leave while others are served, and newcomers get the result once', async () => {
    const groups = makeSubscriptionGroups<string>();
    const { value, start } = source();
    const late = recorder();
    const leaves: (() => void)[] = [];
    const members = Array.from({ length: 1_000 }, (_, index) =>
      recorder(() => {
        if (index !== 0) return;
        leaves[999]?.();
        leaves[500]?.();
        groups.join('k', start, late.member);
      }),
    );
    for (const { member } of members) leaves.push(groups.join('k', start, member));

    value.offer('1');
    await eventually(() => expect(members[998]?.seen).toEqual(['1']));

    expect([members[500]?.seen, members[999]?.seen, late.seen]).toEqual([[], [], ['1']]);
    expect(groups.counts()).toEqual({ groups: 1, members: 999 });
    groups.close();
  });
});

describe('a group', () => {
  test('that everybody leaves before it has started ends what then starts', async () => {
    const groups = makeSubscriptionGroups<string>();
    const { state, start } = source();
    const started = Promise.withResolvers<void>();
    const leave = groups.join('k', () => started.promise.then(start), recorder().member);

    leave();
    leave();
    started.resolve();

    await eventually(() => expect(state).toEqual({ starts: 1, returns: 1 }));
    expect(groups.counts()).toEqual({ groups: 0, members: 0 });
  });

  test('that cannot start tells its members and is forgotten', async () => {
    const groups = makeSubscriptionGroups<string>();
    const { seen, member } = recorder();
    groups.join('k', () => Promise.reject(new Error('no')), member);
    await eventually(() => expect(seen).toEqual(['fail Error: no']));
    expect(groups.counts()).toEqual({ groups: 0, members: 0 });
  });

  test('under any interleaving gives each member a rising part of the results, the newest included, and leaves nothing behind', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('join' as const) }),
      fc.record({ kind: fc.constant('leave' as const), who: fc.nat(9) }),
      fc.record({ kind: fc.constant('push' as const) }),
      fc.record({ kind: fc.constant('turn' as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, ends) => {
        const groups = makeSubscriptionGroups<string>();
        let current = source();
        let pushed = 0;
        const joined: { seen: string[]; leave: () => void; left: boolean; of: typeof current }[] = [];
        for (const next of steps) {
          if (next.kind === 'join') {
            if (groups.counts().groups === 0) current = source();
            const { seen, member } = recorder();
            joined.push({ seen, left: false, of: current, leave: groups.join('k', current.start, member) });
          }
          const someone = next.kind === 'leave' ? joined[next.who] : undefined;
          if (someone !== undefined) {
            someone.leave();
            someone.left = true;
          }
          if (next.kind === 'push') current.value.offer(String((pushed += 1)).padStart(3, '0'));
          if (next.kind === 'turn') await new Promise(setImmediate);
        }
        const staying = joined.filter(({ left }) => !left);
        current.value.offer('999');
        if (ends) current.value.end();
        await eventually(() => expect(staying.every(({ seen }) => seen.includes('999') && (!ends || seen.at(-1) === 'end'))).toBe(true), {
          everyMs: 1,
        });
        if (ends && staying.length > 0) expect(groups.counts().groups).toBe(0);
        for (const { seen, leave } of joined) {
          const results = seen.filter((entry) => entry !== 'end');
          expect(results).toEqual([...new Set(results)].toSorted());
          leave();
        }
        expect(groups.counts()).toEqual({ groups: 0, members: 0 });
        for (const { of } of joined) expect(of.state.starts).toBe(1);
      }),
    );
  });
});

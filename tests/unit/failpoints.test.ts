// Failpoints: what a text arms, and that only the named pass of the named place acts.
import { afterEach, describe, expect, test } from 'vitest';
import { armFailpoints, failpoint, failpointNames, toFailpoints } from '../../src/failpoints.ts';

afterEach(() => armFailpoints([]));

function arm(text: string): void {
  const points = toFailpoints(text);
  if (points === null) throw new Error(`cannot be read: ${text}`);
  armFailpoints(points);
}

/** Which of so many passes throw, counted from 1. */
function throwing(passes: number, pass: () => void): number[] {
  return Array.from({ length: passes }, (_, index) => index + 1).filter(() => {
    try {
      pass();
      return false;
    } catch {
      return true;
    }
  });
}

test('nothing happens while none is armed, nor after they are disarmed', () => {
  for (const name of failpointNames) expect(() => failpoint(name)).not.toThrow();
  arm('after-lease:throw');
  armFailpoints([]);
  expect(() => failpoint('after-lease')).not.toThrow();
});

test('every place can be armed', () => {
  for (const name of failpointNames) {
    arm(`${name}:throw`);
    expect(() => failpoint(name)).toThrow(`failpoint ${name}`);
  }
});

describe('an armed failpoint acts', () => {
  test('at its place only', () => {
    arm('after-lease:throw');
    expect(() => failpoint('before-release')).not.toThrow();
  });

  test('at every pass, or at the one that is named', () => {
    arm('before-settle:throw,after-settle:throw:3');
    expect(throwing(5, () => failpoint('before-settle'))).toEqual([1, 2, 3, 4, 5]);
    expect(throwing(5, () => failpoint('after-settle'))).toEqual([3]);
  });

  test('for its phone only, whose passes alone are counted', () => {
    arm('before-post@79000000007:throw:2');
    expect(throwing(3, () => failpoint('before-post', '79000000001'))).toEqual([]);
    expect(throwing(3, () => failpoint('before-post', '79000000007'))).toEqual([2]);
  });
});

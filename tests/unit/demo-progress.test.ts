// How the demo's progress reads.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawBar, drawLine, formatCount, formatCounts, formatDuration, makeRateMeter } from '../../scripts/demo/progress.ts';
import type { Progress } from '../../scripts/demo/progress.ts';

const none = { mailingStatus: 'RUNNING', total: 0, pending: 0, sent: 0, failed: 0, expired: 0, cancelled: 0, unconfirmed: 0 };
const halfway: Progress = { ...none, total: 1_000, pending: 488, sent: 500, failed: 12 };

describe('numbers', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [1_234_567, '1,234,567'],
    [12.6, '13'],
  ])('%d reads %s', (count, text) => {
    expect(formatCount(count)).toBe(text);
  });

  test.each([
    [0, '0.0 s'],
    [449, '0.4 s'],
    [9_949, '9.9 s'],
    [9_950, '10 s'],
    [59_400, '59 s'],
    [59_600, '1 min 00 s'],
    [200_000, '3 min 20 s'],
    [3_599_499, '59 min 59 s'],
    [3_599_500, '1 h 00 min'],
    [7_500_000, '2 h 05 min'],
  ])('%d ms read %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('the bar', () => {
  test.each([
    [0, '░░░░'],
    [0.25, '█░░░'],
    [0.28125, '█▏░░'],
    [0.999_99, '███▉'],
    [1, '████'],
    [1.5, '████'],
    [-1, '░░░░'],
  ])('at %d is %s', (share, bar) => {
    expect(drawBar(share, 4)).toBe(bar);
  });

  test('always has its width, and is full only when everything is done', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 60 }), (share, width) => {
        const bar = drawBar(share, width);
        expect(bar).toHaveLength(width);
        expect(bar === '█'.repeat(width)).toBe(share === 1);
      }),
    );
  });
});

describe('the line', () => {
  const line = { progress: halfway, expected: 1_000, perSecond: 244, note: null, width: 120 };

  test('has the bar, the share that is finished, the statuses that occur, the rate and the time left', () => {
    expect(drawLine(line)).toBe('████████████▎░░░░░░░░░░░  51 %  500 sent · 12 failed · 488 pending  244/s  2.0 s left');
  });

  test('counts against the messages to come while recipients are being selected', () => {
    expect(drawLine({ ...line, expected: 10_000, width: null })).toBe('  5 %  500 sent · 12 failed · 488 pending  244/s  39 s left');
  });

  test('names the status of a mailing that is not running', () => {
    expect(drawLine({ ...line, progress: { ...halfway, mailingStatus: 'PAUSED' }, width: null })).toContain('  PAUSED  ');
  });

  test('leaves out what is not known: no rate, no time left; nor does it promise a time at a standstill', () => {
    expect(drawLine({ ...line, perSecond: null, width: null })).toBe(' 51 %  500 sent · 12 failed · 488 pending');
    expect(drawLine({ ...line, perSecond: 0, width: null })).toBe(' 51 %  500 sent · 12 failed · 488 pending  0/s');
  });

  test('reads 100 % when nothing was to be sent', () => {
    expect(drawLine({ ...line, progress: { ...none, mailingStatus: 'COMPLETED' }, expected: 0, perSecond: null, width: null })).toBe(
      '100 %  0 sent  COMPLETED',
    );
  });

  test('ends with the note', () => {
    expect(drawLine({ ...line, note: 'connection lost, trying again' })).toMatch(/ {2}connection lost, trying again$/);
  });

  test('drops the bar, then cuts the text, so that it always fits a line that is redrawn', () => {
    expect(drawLine({ ...line, width: 70 })).toBe(' 51 %  500 sent · 12 failed · 488 pending  244/s  2.0 s left');
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 200 }), (width) => {
        expect(drawLine({ ...line, width }).length).toBeLessThan(width);
      }),
    );
  });
});

test('statuses that do not occur are not named, except sent', () => {
  expect(formatCounts(none)).toBe('0 sent');
  expect(formatCounts({ ...none, sent: 1, failed: 2, unconfirmed: 3, expired: 4, cancelled: 5, pending: 6 })).toBe(
    '1 sent · 2 failed · 3 unconfirmed · 4 expired · 5 cancelled · 6 pending',
  );
});

describe('the rate', () => {
  test('is not known before anything was seen, nor at the very first moment', () => {
    const meter = makeRateMeter(3_000);
    expect(meter.perSecond(0)).toBeNull();
    meter.add(0, 0);
    meter.add(100, 50);
    expect(meter.perSecond(100)).toBeNull();
  });

  test('is what was finished per second', () => {
    const meter = makeRateMeter(3_000);
    meter.add(0, 100);
    meter.add(500, 350);
    expect(meter.perSecond(500)).toBe(500);
  });

  test('follows a change within its window, and falls to zero at a standstill', () => {
    const meter = makeRateMeter(3_000);
    const rates: (number | null)[] = [];
    for (let second = 0; second <= 20; second += 1) {
      meter.add(second * 1_000, Math.min(second, 10) * 200);
      rates.push(meter.perSecond(second * 1_000));
    }
    expect(rates[10]).toBe(200);
    expect(rates[11]).toBeCloseTo(133.3, 1);
    expect(rates[13]).toBe(0);
    expect(rates[20]).toBe(0);
  });
});

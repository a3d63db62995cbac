import pino from 'pino';
import { expect, test } from 'vitest';
import { makeSendingRates } from '../../src/live/sending-rates.ts';
import type { MailingSample } from '../../src/live/sending-rates.ts';
import { eventually } from '../support/eventually.ts';

/** Each reading takes the next answer; the last one is given for ever. */
function readingsOf(answers: readonly (readonly MailingSample[] | Error)[]): {
  read: () => Promise<readonly MailingSample[]>;
  count: () => number;
} {
  let count = 0;
  return {
    count: () => count,
    read: async () => {
      const answer = answers[Math.min(count, answers.length - 1)] ?? [];
      count += 1;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
}

const sample = (mailingId: string, seconds: number, done: number): MailingSample => ({ mailingId, at: seconds * 1_000, done });

test('a running mailing has a rate from its second reading on; one that runs no longer is forgotten', async () => {
  const { read, count } = readingsOf([
    [sample('1', 0, 0), sample('2', 0, 0)],
    [sample('1', 2, 50), sample('2', 2, 0)],
    [sample('2', 4, 10)],
  ]);
  const seen = new Set<number | undefined>();
  await using rates = makeSendingRates({
    readSamples: async () => {
      seen.add(rates.rateOf('1')?.perSecond);
      return read();
    },
    log: pino({ level: 'silent' }),
    everyMs: 2,
  });
  await eventually(async () => count() > 3);
  expect([...seen]).toEqual([undefined, 25]);
  expect(rates.rateOf('1')).toBeNull();
  expect(rates.rateOf('2')).toEqual({ perSecond: 2.5, lastPerSecond: 2.5 });
  expect(rates.rateOf('3')).toBeNull();
});

test('an outage is logged once, and no rate is known until it is over', async () => {
  const lines: string[] = [];
  const { read, count } = readingsOf([[sample('1', 0, 0)], [sample('1', 2, 50)], new Error('down'), new Error('down'), new Error('down')]);
  await using rates = makeSendingRates({
    readSamples: read,
    log: pino({ level: 'warn' }, { write: (line: string) => lines.push(line) }),
    everyMs: 2,
  });
  await eventually(async () => count() > 6);
  expect(rates.rateOf('1')).toBeNull();
  expect(lines).toHaveLength(1);
});

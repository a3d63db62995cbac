import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Result } from '../../src/domain/errors.ts';
import type { MailingChangesInput, MailingStatus, NewMailingInput } from '../../src/domain/mailing.ts';
import { canTransition, checkMailingChanges, checkNewMailing, isFinished, mailingStatuses } from '../../src/domain/mailing.ts';

const now = Date.parse('2026-11-21T12:00Z');
const hourMs = 3_600_000;
const plain = { text: 'Hello', startsAt: now, endsAt: now + hourMs };

/** Code and path of every fault, without the words. */
function faultsOf(result: Result<unknown>): string[] {
  return result.ok ? [] : result.errors.map((error) => `${error.code} ${error.field.join('.')}`);
}

function faultsOfNew(input: Partial<NewMailingInput>): string[] {
  return faultsOf(checkNewMailing({ ...plain, ...input }, now, ['input']));
}

function changesTo(status: MailingStatus, input: MailingChangesInput): ReturnType<typeof checkMailingChanges> {
  return checkMailingChanges({ status, startsAt: now - hourMs, endsAt: now + hourMs }, input, now, ['input']);
}

describe('the status of a mailing', () => {
  test('changes only along these ways', () => {
    const ways = mailingStatuses.flatMap((from) => mailingStatuses.filter((to) => canTransition(from, to)).map((to) => `${from} ${to}`));
    expect(ways).toEqual([
      'SCHEDULED RUNNING',
      'SCHEDULED CANCELLED',
      'RUNNING PAUSED',
      'RUNNING COMPLETED',
      'RUNNING CANCELLED',
      'PAUSED RUNNING',
      'PAUSED COMPLETED',
      'PAUSED CANCELLED',
      'COMPLETED RUNNING',
    ]);
  });

  test('is finished when completed or cancelled, and can be reached from the beginning', () => {
    expect(mailingStatuses.filter(isFinished)).toEqual(['COMPLETED', 'CANCELLED']);
    const reached = new Set<MailingStatus>(['SCHEDULED']);
    for (const from of reached) for (const to of mailingStatuses) if (canTransition(from, to)) reached.add(to);
    expect([...reached].sort()).toEqual([...mailingStatuses].sort());
  });
});

describe('a new mailing', () => {
  test('needs only a text and a period: it then goes to everybody, at any hour, without a cap', () => {
    const value = { ...plain, filter: { operatorCodes: [], tags: [] }, sendWindow: null, ratePerSecond: null };
    expect(checkNewMailing(plain, now, ['input'])).toEqual({ ok: true, value });
    expect(checkNewMailing({ ...plain, filter: null, sendWindow: null, ratePerSecond: null }, now, [])).toEqual({ ok: true, value });
    expect(checkNewMailing({ ...plain, filter: { operatorCodes: null } }, now, [])).toEqual({ ok: true, value });
  });

  test('keeps everything that is given, and drops repeated entries of the filter', () => {
    const filter = { operatorCodes: ['916', '903', '916'], tags: ['vip', 'VIP', 'vip', ' vip'] };
    const input = { ...plain, filter, sendWindow: { from: '22:00', to: '06:00' }, ratePerSecond: 50 };
    expect(checkNewMailing(input, now, [])).toEqual({
      ok: true,
      value: { ...input, filter: { operatorCodes: ['916', '903'], tags: ['vip', 'VIP', ' vip'] } },
    });
  });

  test.each([
    ['one character', 'x'],
    ['1,000 characters', 'x'.repeat(1000)],
    ['1,000 characters outside the basic plane', '😀'.repeat(1000)],
    ['a blank', ' '],
    ['line breaks and letters in both directions', 'Привет\r\nשלום\u202e'],
    ['SQL', "'; drop table mailing; --"],
  ])('may have a text of %s, kept exactly', (_, text) => {
    expect(checkNewMailing({ ...plain, text }, now, [])).toMatchObject({ ok: true, value: { text } });
  });

  test.each([
    ['no characters', ''],
    ['1,001 characters', 'x'.repeat(1001)],
    ['1,001 characters outside the basic plane', '😀'.repeat(1001)],
    ['a very long text', 'x'.repeat(1_000_000)],
    ['a NUL', 'Hel\0lo'],
    ['the first half of a surrogate pair', 'Hello \ud83d'],
    ['the second half of a surrogate pair', '\ude00 Hello'],
  ])('with a text of %s is refused', (_, text) => {
    expect(faultsOfNew({ text })).toEqual(['INVALID_TEXT input.text']);
  });

  test('may begin in the past, but must end after its start and in the future', () => {
    expect(faultsOfNew({ startsAt: now - 10 * hourMs, endsAt: now + 1 })).toEqual([]);
    expect(faultsOfNew({ startsAt: now + hourMs, endsAt: now + hourMs + 1 })).toEqual([]);
    const late = ['INVALID_PERIOD input.endsAt'];
    expect(faultsOfNew({ startsAt: now + hourMs, endsAt: now + hourMs })).toEqual(late);
    expect(faultsOfNew({ startsAt: now + hourMs, endsAt: now + hourMs - 1 })).toEqual(late);
    expect(faultsOfNew({ startsAt: now - hourMs, endsAt: now })).toEqual(late);
    expect(faultsOfNew({ startsAt: now - hourMs, endsAt: now - 2 * hourMs })).toEqual(late);
    expect(faultsOfNew({ endsAt: Number.NaN })).toEqual(late);
    expect(faultsOfNew({ startsAt: Number.NaN })).toEqual(late);
  });

  test.each([1, 2, 999_999, 1_000_000])('may be capped at %d per second', (ratePerSecond) => {
    expect(checkNewMailing({ ...plain, ratePerSecond }, now, [])).toMatchObject({ ok: true, value: { ratePerSecond } });
  });

  test.each([0, -1, 0.5, 1.5, 1_000_001, 2 ** 53, Number.NaN, Infinity])('capped at %d per second is refused', (ratePerSecond) => {
    expect(faultsOfNew({ ratePerSecond })).toEqual(['INVALID_RATE input.ratePerSecond']);
  });

  test('names each entry of its filter that is at fault', () => {
    expect(
      faultsOfNew({ filter: { operatorCodes: ['916', '91', '903', 'abc', ''], tags: ['vip', '', 'x'.repeat(101), '\0', '\ud800'] } }),
    ).toEqual([
      'INVALID_FILTER input.filter.operatorCodes.1',
      'INVALID_FILTER input.filter.operatorCodes.3',
      'INVALID_FILTER input.filter.operatorCodes.4',
      'INVALID_FILTER input.filter.tags.1',
      'INVALID_FILTER input.filter.tags.2',
      'INVALID_FILTER input.filter.tags.3',
      'INVALID_FILTER input.filter.tags.4',
    ]);
  });

  test('takes at most 1,000 entries in each list of its filter', () => {
    const codes = Array.from({ length: 1000 }, (_, index) => String(index).padStart(3, '0'));
    const tags = Array.from({ length: 1000 }, (_, index) => `tag ${index}`);
    expect(faultsOfNew({ filter: { operatorCodes: codes, tags } })).toEqual([]);
    expect(faultsOfNew({ filter: { operatorCodes: [...codes, 'x'], tags: [...tags, 'x'] } })).toEqual([
      'INVALID_FILTER input.filter.operatorCodes',
      'INVALID_FILTER input.filter.tags',
    ]);
  });

  test('hears of all its faults at once', () => {
    const input = {
      text: '',
      filter: { operatorCodes: ['1'] },
      startsAt: now,
      endsAt: now,
      sendWindow: { from: '9:00', to: '24:00' },
      ratePerSecond: 0,
    };
    expect(faultsOf(checkNewMailing(input, now, ['a']))).toEqual([
      'INVALID_TEXT a.text',
      'INVALID_FILTER a.filter.operatorCodes.0',
      'INVALID_PERIOD a.endsAt',
      'INVALID_SEND_WINDOW a.sendWindow.from',
      'INVALID_SEND_WINDOW a.sendWindow.to',
      'INVALID_RATE a.ratePerSecond',
    ]);
    expect(faultsOfNew({ sendWindow: { from: '09:00', to: '09:00' } })).toEqual(['INVALID_SEND_WINDOW input.sendWindow.to']);
  });

  test('may have any text of 1 to 1,000 characters that PostgreSQL can keep', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.string({ unit: fc.constantFrom('a', '\0', '\ud83d', '\ude00', ' ') }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const storable = text !== '' && !text.includes('\0') && Buffer.from(text, 'utf8').toString('utf8') === text;
        expect(checkNewMailing({ ...plain, text }, now, []).ok).toBe(storable);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('changes to a mailing before its start', () => {
  test('may touch everything, and hold only what was given', () => {
    const input = {
      text: 'New',
      filter: { operatorCodes: ['916', '916'] },
      startsAt: now + 1,
      endsAt: now + 2,
      sendWindow: { from: '09:00', to: '18:00' },
      ratePerSecond: 5,
    };
    expect(changesTo('SCHEDULED', input)).toEqual({ ok: true, value: { ...input, filter: { operatorCodes: ['916'], tags: [] } } });
    expect(changesTo('SCHEDULED', { sendWindow: null, ratePerSecond: null })).toEqual({
      ok: true,
      value: { sendWindow: null, ratePerSecond: null },
    });
    const leftOut = {
      text: undefined,
      filter: undefined,
      startsAt: undefined,
      endsAt: undefined,
      sendWindow: undefined,
      ratePerSecond: undefined,
    };
    const nothing = changesTo('SCHEDULED', leftOut);
    expect(nothing.ok && Object.keys(nothing.value)).toEqual([]);
  });

  test('with null for what cannot be empty are refused', () => {
    expect(faultsOf(changesTo('SCHEDULED', { text: null, filter: null, startsAt: null, endsAt: null }))).toEqual([
      'INVALID_TEXT input.text',
      'INVALID_FILTER input.filter',
      'INVALID_PERIOD input.startsAt',
      'INVALID_PERIOD input.endsAt',
    ]);
  });

  test('are judged on the period that results, at the end of it that was given', () => {
    expect(faultsOf(changesTo('SCHEDULED', { startsAt: now + hourMs - 1 }))).toEqual([]);
    expect(faultsOf(changesTo('SCHEDULED', { startsAt: now + hourMs }))).toEqual(['INVALID_PERIOD input.startsAt']);
    expect(faultsOf(changesTo('SCHEDULED', { endsAt: now + 1 }))).toEqual([]);
    expect(faultsOf(changesTo('SCHEDULED', { endsAt: now }))).toEqual(['INVALID_PERIOD input.endsAt']);
    expect(faultsOf(changesTo('SCHEDULED', { endsAt: now - 2 * hourMs }))).toEqual(['INVALID_PERIOD input.endsAt']);
    const future = { status: 'SCHEDULED', startsAt: now + 2 * hourMs, endsAt: now + 3 * hourMs } as const;
    expect(faultsOf(checkMailingChanges(future, { endsAt: now + hourMs }, now, ['input']))).toEqual(['INVALID_PERIOD input.endsAt']);
    expect(faultsOf(changesTo('SCHEDULED', { startsAt: now + 5 * hourMs, endsAt: now + 4 * hourMs }))).toEqual([
      'INVALID_PERIOD input.endsAt',
    ]);
    expect(faultsOf(changesTo('SCHEDULED', { startsAt: now + 5 * hourMs, endsAt: now + 6 * hourMs }))).toEqual([]);
  });
});

describe('changes to a mailing that has started', () => {
  const started = ['RUNNING', 'PAUSED'] as const;

  test.each(started)('may touch text, end, window and rate while it is %s', (status) => {
    const input = { text: 'New', endsAt: now + 5 * hourMs, sendWindow: { from: '09:00', to: '18:00' }, ratePerSecond: 5 };
    expect(changesTo(status, input)).toEqual({ ok: true, value: input });
    expect(changesTo(status, { sendWindow: null, ratePerSecond: null }).ok).toBe(true);
  });

  test.each(started)('may not touch filter and start while it is %s, whatever they are', (status) => {
    const faults = ['MAILING_STARTED input.filter', 'MAILING_STARTED input.startsAt'];
    expect(faultsOf(changesTo(status, { filter: { operatorCodes: ['916'] }, startsAt: now }))).toEqual(faults);
    expect(faultsOf(changesTo(status, { filter: null, startsAt: null }))).toEqual(faults);
    expect(faultsOf(changesTo(status, { startsAt: now - hourMs }))).toEqual(['MAILING_STARTED input.startsAt']);
  });

  test.each(started)('are still judged while it is %s, all faults at once', (status) => {
    expect(faultsOf(changesTo(status, { endsAt: now }))).toEqual(['INVALID_PERIOD input.endsAt']);
    expect(
      faultsOf(
        changesTo(status, { text: '', filter: {}, startsAt: now, endsAt: null, sendWindow: { from: '1', to: '18:00' }, ratePerSecond: 0 }),
      ),
    ).toEqual([
      'INVALID_TEXT input.text',
      'MAILING_STARTED input.filter',
      'MAILING_STARTED input.startsAt',
      'INVALID_PERIOD input.endsAt',
      'INVALID_SEND_WINDOW input.sendWindow.from',
      'INVALID_RATE input.ratePerSecond',
    ]);
  });

  test('may change its text although its end has passed a moment ago', () => {
    const current = { status: 'RUNNING', startsAt: now - 2 * hourMs, endsAt: now - 1 } as const;
    expect(checkMailingChanges(current, { text: 'New' }, now, [])).toEqual({ ok: true, value: { text: 'New' } });
  });
});

describe('changes to a mailing that has finished', () => {
  test.each(['COMPLETED', 'CANCELLED'] as const)('are refused when it is %s, for this one reason', (status) => {
    expect(faultsOf(changesTo(status, { text: '', startsAt: now, ratePerSecond: 0 }))).toEqual(['MAILING_FINISHED input']);
    expect(faultsOf(changesTo(status, {}))).toEqual(['MAILING_FINISHED input']);
  });
});

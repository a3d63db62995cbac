import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatListView, isFiltered, mailingStatuses, parseListView, toWhere } from '../../web/src/mailings/list-address.ts';

const plain = { statuses: [], from: null, to: null, order: 'CREATED_AT_DESC', after: null } as const;

describe('the address of the list', () => {
  test('is short when nothing is chosen', () => {
    expect(formatListView(plain)).toBe('');
    expect(parseListView('')).toEqual(plain);
  });

  test('says filters, order and page in words', () => {
    const view = { statuses: ['RUNNING', 'PAUSED'], from: '2026-12-01', to: '2026-12-31', order: 'STARTS_AT_ASC', after: 'abc' } as const;
    expect(formatListView(view)).toBe('?status=running,paused&from=2026-12-01&to=2026-12-31&order=starts-asc&after=abc');
  });

  test('is read back as it was written', () => {
    const day = fc.constantFrom(null, '2026-01-31', '2028-02-29');
    const view = fc.record({
      statuses: fc.subarray([...mailingStatuses]),
      from: day,
      to: day,
      order: fc.constantFrom('CREATED_AT_DESC' as const, 'CREATED_AT_ASC' as const, 'STARTS_AT_DESC' as const, 'STARTS_AT_ASC' as const),
      after: fc.option(fc.string({ minLength: 1 })),
    });
    fc.assert(
      fc.property(view, (chosen) => {
        expect(parseListView(formatListView(chosen))).toEqual(chosen);
      }),
    );
  });

  test('leaves out what it does not understand', () => {
    expect(parseListView('?status=lost,RUNNING&from=2026-02-30&to=tomorrow&order=constructor')).toEqual({
      ...plain,
      statuses: ['RUNNING'],
    });
  });
});

test("days are the operator's, and both are included", () => {
  expect(toWhere({ ...plain, from: '2026-12-01', to: '2026-12-01' }, 'Europe/Moscow')).toEqual({
    endsAfter: '2026-11-30T21:00:00.000Z',
    startsBefore: '2026-12-01T21:00:00.000Z',
  });
  expect(toWhere({ ...plain, statuses: ['PAUSED'] }, 'Europe/Moscow')).toEqual({ statuses: ['PAUSED'] });
  expect([isFiltered(plain), isFiltered({ ...plain, to: '2026-12-01' }), isFiltered({ ...plain, after: 'x' })]).toEqual([
    false,
    true,
    false,
  ]);
});

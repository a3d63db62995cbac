// Which header a file of clients may have, and what its rows say.
import { describe, expect, test } from 'vitest';
import { columnOf, fieldOf, hasCellsFor, readClientHeader, toClientInput } from '../../src/domain/client-columns.ts';

describe('a header', () => {
  test('names the columns in any order, in any case, with spaces around', () => {
    expect(readClientHeader([' Time_Zone', 'PHONE ', 'tag'])).toEqual({
      order: ['time_zone', 'phone', 'tag'],
      missing: [],
      unknown: [],
      twice: [],
    });
  });

  test.each(['timeZone', 'Time zone', 'TIME-ZONE', 'timezone'])('names a column as people write it: %s', (name) => {
    expect(readClientHeader(['phone', name, 'Operator Code'])).toEqual({
      order: ['phone', 'time_zone', 'operator_code'],
      missing: [],
      unknown: [],
      twice: [],
    });
    expect(readClientHeader(['phone', name, 'time_zone'])).toMatchObject({ unknown: [], twice: ['time_zone'] });
  });

  test('tells everything that is wrong at once', () => {
    expect(readClientHeader(['phone', 'phone', 'Name', null, 'constructor'])).toEqual({
      order: ['phone', 'phone'],
      missing: ['time_zone'],
      unknown: ['name', '', 'constructor'],
      twice: ['phone'],
    });
  });
});

test('a row has as many cells as the header; empty ones behind it do not count', () => {
  const order = ['phone', 'time_zone'] as const;
  expect(hasCellsFor(order, ['7', 'UTC'])).toBe(true);
  expect(hasCellsFor(order, ['7', 'UTC', '', ''])).toBe(true);
  expect(hasCellsFor(order, ['7'])).toBe(false);
  expect(hasCellsFor(order, ['7', 'UTC', 'x'])).toBe(false);
});

test('an empty operator code and a column that is missing are left to the rules of a new client', () => {
  expect(toClientInput(['time_zone', 'operator_code', 'phone'], ['UTC', '', '79000000001'])).toEqual({
    phone: '79000000001',
    operatorCode: null,
    tag: '',
    timeZone: 'UTC',
  });
});

test('fields and columns lead to each other', () => {
  expect(columnOf('operatorCode')).toBe('operator_code');
  expect(columnOf('anything')).toBe('anything');
  expect(fieldOf('time_zone')).toBe('timeZone');
});

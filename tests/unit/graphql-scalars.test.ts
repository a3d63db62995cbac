import fc from 'fast-check';
import { parseValue } from 'graphql';
import { describe, expect, test } from 'vitest';
import { DateTimeScalar, SafeIntScalar } from '../../src/graphql/scalars.ts';

describe('DateTime', () => {
  test.each([
    ['2026-11-21T09:00:00Z', '2026-11-21T09:00:00.000Z'],
    ['2026-11-21T12:00:00+03:00', '2026-11-21T09:00:00.000Z'],
    ['2026-11-21T00:30:00.5-09:30', '2026-11-21T10:00:00.500Z'],
    ['2026-11-21t09:00:00.123456789z', '2026-11-21T09:00:00.123Z'],
    ['2024-02-29T23:59:59.999-00:00', '2024-02-29T23:59:59.999Z'],
    ['1969-12-31T23:59:59.999Z', '1969-12-31T23:59:59.999Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['0050-06-01T00:00:00Z', '0050-06-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('reads %s as %s, as a variable and as a literal', (text, instant) => {
    const at = DateTimeScalar.parseValue(text);
    expect(DateTimeScalar.serialize(at)).toBe(instant);
    expect(DateTimeScalar.parseLiteral(parseValue(JSON.stringify(text)))).toBe(at);
  });

  test.each([
    ['2026-11-21T09:00:00', /offset/],
    ['2026-11-21', /RFC 3339/],
    ['2026-11-21 09:00:00Z', /RFC 3339/],
    ['2026-11-21T09:00Z', /RFC 3339/],
    ['2026-11-21T09:00:00+0300', /RFC 3339/],
    ['2026-11-21T09:00:00.Z', /RFC 3339/],
    ['+002026-11-21T09:00:00Z', /RFC 3339/],
    ['now', /RFC 3339/],
    ['', /RFC 3339/],
    ['2026-11-21T09:00:00Z\n', /RFC 3339/],
    ['2026-02-29T00:00:00Z', /does not exist/],
    ['2026-13-01T00:00:00Z', /does not exist/],
    ['2026-00-10T00:00:00Z', /does not exist/],
    ['2026-04-31T00:00:00Z', /does not exist/],
    ['2026-11-21T24:00:00Z', /does not exist/],
    ['2026-11-21T23:60:00Z', /does not exist/],
    ['2016-12-31T23:59:60Z', /leap second/],
    ['2026-11-21T09:00:00+24:00', /offset/],
    ['2026-11-21T09:00:00+03:60', /offset/],
    ['0000-01-01T00:00:00Z', /years 1 to 9999/],
    ['0001-01-01T00:00:00+00:01', /years 1 to 9999/],
    ['9999-12-31T23:59:59-00:01', /years 1 to 9999/],
  ])('refuses %j in words', (text, words) => {
    expect(() => DateTimeScalar.parseValue(text)).toThrow(words);
    expect(() => DateTimeScalar.parseLiteral(parseValue(JSON.stringify(text)))).toThrow(words);
  });

  test.each([1763715600000, true, null, {}, ['2026-11-21T09:00:00Z']])('takes no %j', (value) => {
    expect(() => DateTimeScalar.parseValue(value)).toThrow(/must be a string/);
  });

  test('reads back what it writes, whatever the offset it is given in', () => {
    const instant = fc.date({ min: new Date('0002-01-01T00:00:00Z'), max: new Date('9998-12-31T00:00:00Z'), noInvalidDate: true });
    fc.assert(
      fc.property(instant, fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 }), (date, offsetMinutes) => {
        const at = date.getTime();
        expect(DateTimeScalar.parseValue(DateTimeScalar.serialize(at))).toBe(at);
        const local = new Date(at + offsetMinutes * 60_000).toISOString().slice(0, -1);
        const size = Math.abs(offsetMinutes);
        const offset = `${offsetMinutes < 0 ? '-' : '+'}${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`;
        expect(DateTimeScalar.parseValue(`${local}${offset}`)).toBe(at);
      }),
    );
  });
});

describe('SafeInt', () => {
  test.each([0, 1, 2 ** 31, Number.MAX_SAFE_INTEGER])('is %d as it is', (value) => {
    expect(SafeIntScalar.serialize(value)).toBe(value);
    expect(SafeIntScalar.parseValue(value)).toBe(value);
    expect(SafeIntScalar.parseLiteral(parseValue(String(value)))).toBe(value);
  });

  test.each([-1, 0.5, Number.MAX_SAFE_INTEGER + 1, Number.NaN, Infinity, '1', null])('is never %j', (value) => {
    expect(() => SafeIntScalar.serialize(value)).toThrow(/whole number/);
    expect(() => SafeIntScalar.parseValue(value)).toThrow(/whole number/);
  });

  test.each(['-1', '0.5', '9007199254740992', '"1"', 'null', '[1]'])('is never the literal %s', (literal) => {
    expect(() => SafeIntScalar.parseLiteral(parseValue(literal))).toThrow(/whole number/);
  });
});

import { expect, test } from 'vitest';
import { dateFormat, numberFormat } from '../../web/src/i18n/intl.ts';

test('a format is made once for a language and its options, whoever asks', () => {
  const made = dateFormat('en-GB', { timeStyle: 'short', timeZone: 'Asia/Omsk' });
  expect(dateFormat('en-GB', { timeStyle: 'short', timeZone: 'Asia/Omsk' })).toBe(made);
  expect(numberFormat('ru', {})).toBe(numberFormat('ru', {}));
});

test('another language, zone or option is another format', () => {
  const at = Date.parse('2026-02-03T18:05:00Z');
  const times = [
    dateFormat('en-GB', { timeStyle: 'short', timeZone: 'UTC' }),
    dateFormat('en-GB', { timeStyle: 'short', timeZone: 'Asia/Omsk' }),
    dateFormat('en-US', { timeStyle: 'short', timeZone: 'UTC' }),
    dateFormat('en-GB', { timeStyle: 'medium', timeZone: 'UTC' }),
  ].map((format) => format.format(at).replaceAll(/\s/g, ' '));
  expect(times).toEqual(['18:05', '00:05', '6:05 PM', '18:05:00']);
});

test('a zone that is not known stays an error, and does not become a format', () => {
  for (let look = 0; look < 2; look += 1) expect(() => dateFormat('en-GB', { timeZone: 'Mars/Olympus' })).toThrow(RangeError);
});

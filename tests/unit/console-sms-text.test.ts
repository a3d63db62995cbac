import { describe, expect, test } from 'vitest';
import { countSms, replaceCharacters, toBlockers } from '../../web/src/mailings/sms-text.ts';

describe('the counter', () => {
  test.each([
    ['', 1, 160],
    ['a'.repeat(160), 1, 0],
    ['a'.repeat(161), 2, 145],
    ['€', 1, 158],
    ['€'.repeat(81), 2, 143],
    ['я'.repeat(70), 1, 0],
    ['я'.repeat(71), 2, 63],
    [`${'я'.repeat(133)}👍`, 3, 65],
  ])('%j: %i parts, %i left', (text, segments, unitsLeft) => {
    expect(countSms(text)).toMatchObject({ segments, unitsLeft });
  });

  test('half of a surrogate pair does not break it', () => {
    expect(countSms('\u{d83d}')).toMatchObject({ encoding: 'UCS_2', units: 1 });
  });
});

describe('what forces UCS-2', () => {
  const blockersOf = (text: string) => toBlockers(countSms(text).outsideGsm);

  test('is named, with what says the same in the GSM alphabet', () => {
    expect(blockersOf('“a” — b… \u00a0ç 😀').others).toEqual([
      { character: '“', codePoint: 'U+201C', name: 'quote', replacement: '"' },
      { character: '”', codePoint: 'U+201D', name: 'quote', replacement: '"' },
      { character: '—', codePoint: 'U+2014', name: 'emDash', replacement: '-' },
      { character: '…', codePoint: 'U+2026', name: 'ellipsis', replacement: '...' },
      { character: '\u00a0', codePoint: 'U+00A0', name: 'noBreakSpace', replacement: ' ' },
      { character: 'ç', codePoint: 'U+00E7', name: null, replacement: null },
      { character: '😀', codePoint: 'U+1F600', name: 'emoji', replacement: null },
    ]);
  });

  test('letters of another alphabet are told from what slipped in', () => {
    expect(blockersOf('Привет, «мир»')).toMatchObject({
      letters: ['П', 'р', 'и', 'в', 'е', 'т', 'м'],
      others: [{ character: '«' }, { character: '»' }],
    });
    expect(blockersOf('façade')).toMatchObject({ letters: [], others: [{ character: 'ç' }] });
  });

  test('is replaced everywhere, and what has no replacement stays', () => {
    const text = '“a” — “b”… 😀';
    expect(replaceCharacters(text, blockersOf(text).others)).toBe('"a" - "b"... 😀');
    expect(countSms(replaceCharacters('it’s “fine”', blockersOf('it’s “fine”').others)).encoding).toBe('GSM_7');
  });

  test('every replacement is in the GSM alphabet', () => {
    const all = '«»“”„‟‘’‚‹›`´–—‐‑−…•\u00a0\u202f\u2009\t\u200b\ufeff\u00ad';
    expect(countSms(replaceCharacters(all, blockersOf(all).others)).outsideGsm).toEqual([]);
  });
});

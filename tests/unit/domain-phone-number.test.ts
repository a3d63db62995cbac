import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOperatorCode, operatorCodeOf, toPhoneNumber } from '../../src/domain/phone-number.ts';

describe('a phone', () => {
  test.each([
    '79161234567',
    '+79161234567',
    '+7 916 123-45-67',
    '7(916)1234567',
    '+7 (916) 123 45 67',
    ' 79161234567 ',
    '(+7) 916 1234567',
    '+7 [916] 123-4567',
    '-79161234567-',
    '+7\u00a0916\u00a0123\u00a045\u00a067',
    '+7\u202f916\u2009123\u200345\u300067',
    '7\u2010916\u2011123\u201245\u201367',
    '7\u2014916\u2015123\u221245-67',
  ])('written %j is stored as its 11 digits', (text) => {
    expect(toPhoneNumber(text)).toBe('79161234567');
  });

  test.each([
    ['', 'empty'],
    ['+', 'only a plus'],
    ['7916123456', '10 digits'],
    ['791612345678', '12 digits'],
    ['89161234567', 'an 8 first'],
    ['+19161234567', 'another country'],
    ['9161234567', 'no country code'],
    ['++79161234567', 'two pluses'],
    ['7+9161234567', 'a plus inside'],
    ['79161234567+', 'a plus at the end'],
    ['7916.123.45.67', 'dots'],
    ['7916/1234567', 'a slash'],
    ['7916123456O', 'a letter O'],
    ['tel:79161234567', 'a scheme'],
    ['79161234567 ext 2', 'an extension'],
    ['79161234567\n', 'a line break'],
    ['79161234567\t', 'a tab'],
    ['79161234567\0', 'a NUL'],
    ['\u202a79161234567\u202c', 'direction marks'],
    ['7916\u200b1234567', 'a zero-width space'],
    ['７９１６１２３４５６７', 'full-width digits'],
    ['٧٩١٦١٢٣٤٥٦٧', 'Arabic digits'],
    ['7.9161234567e10', 'a number in scientific notation'],
    ['79161234567,79161234568', 'two phones'],
  ])('written %j (%s) is refused', (text) => {
    expect(toPhoneNumber(text)).toBeNull();
  });

  const phones = fc.stringMatching(/^7\d{10}$/);
  const decorations = fc.string({ unit: fc.constantFrom(' ', '\u00a0', '(', ')', '[', ']', '-', '\u2013', '\u2212'), maxLength: 3 });

  test('is found again under any decoration, with or without a plus', () => {
    fc.assert(
      fc.property(phones, fc.array(decorations, { minLength: 12, maxLength: 12 }), fc.boolean(), (phone, between, plus) => {
        const written = Array.from(phone, (digit, index) => (between[index] ?? '') + digit).join('') + (between[11] ?? '');
        expect(toPhoneNumber((plus ? '+' : '') + written)).toBe(phone);
      }),
    );
  });

  test('is refused with any other character in it, and is only ever 11 digits beginning with 7', () => {
    const others = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 1 })
      .filter((character) => !/[\p{Zs}()[\]\-\u2010-\u2015\u2212]/u.test(character));
    fc.assert(
      fc.property(phones, others, fc.integer({ min: 1, max: 11 }), (phone, other, at) => {
        expect(toPhoneNumber(phone.slice(0, at) + other + phone.slice(at))).toBeNull();
      }),
      { numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('7', '8', '9', '0', '+', ' ', '-', '(', 'x'), maxLength: 16 }), (text) => {
        const digits = text.replaceAll(/[^0-9]/g, '');
        expect([null, /^7\d{10}$/.test(digits) ? digits : null]).toContain(toPhoneNumber(text));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('an operator code', () => {
  test('is digits 2 to 4 of the phone', () => {
    expect(operatorCodeOf('79161234567')).toBe('916');
    expect(operatorCodeOf('70001234567')).toBe('000');
  });

  test.each(['916', '000', '999'])('%j is one', (text) => {
    expect(isOperatorCode(text)).toBe(true);
  });

  test.each(['', '91', '9161', ' 916', '916\n', '9a6', '-16', '1e2', '９１６'])('%j is none', (text) => {
    expect(isOperatorCode(text)).toBe(false);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toSmsParts } from '../../src/domain/sms-parts.ts';

const segmentsOf = (text: string): number => toSmsParts(text).segments;

describe('the GSM alphabet', () => {
  test.each([
    ['Hello, world!', 13],
    ['@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ÄÖÑÜ§¿äöñüà', 75],
    ['^{}\\[~]|€\f', 20],
    ['5 € [net]', 12],
  ])('takes %j in %i septets', (text, units) => {
    expect(toSmsParts(text)).toMatchObject({ encoding: 'GSM_7', units, characters: Array.from(text).length, outsideGsm: [], segments: 1 });
  });

  test('has 127 characters and 10 more by extension, and no other of the Basic Multilingual Plane', () => {
    const units = Array.from({ length: 0xd800 }, (_, code) => toSmsParts(String.fromCodePoint(code)));
    expect(units.filter((parts) => parts.encoding === 'GSM_7' && parts.units === 1)).toHaveLength(127);
    expect(units.filter((parts) => parts.encoding === 'GSM_7' && parts.units === 2)).toHaveLength(10);
  });

  test.each([
    ['Привет', 'Привет'],
    ['naïve façade', 'ïç'],
    ['“quoted” – and … ‘so’', '“”–…‘’'],
    ['a\u{a0}b\tc`', '\u{a0}\t`'],
    ['ok 👍 ok 👍', '👍'],
  ])('lacks something of %j: the whole text is UCS-2, and it says what forces it', (text, outside) => {
    expect(toSmsParts(text)).toMatchObject({ encoding: 'UCS_2', units: text.length, outsideGsm: Array.from(outside) });
  });
});

describe('segments', () => {
  test.each([
    ['a', 160, 1],
    ['a', 161, 2],
    ['a', 306, 2],
    ['a', 307, 3],
    ['a', 459, 3],
    ['a', 460, 4],
    ['€', 80, 1],
    ['я', 70, 1],
    ['я', 71, 2],
    ['я', 134, 2],
    ['я', 135, 3],
    ['я', 1000, 15],
    ['👍', 35, 1],
  ])('%s, %i times: %i', (character, times, segments) => {
    expect(segmentsOf(character.repeat(times))).toBe(segments);
  });

  test('never part an escape from its character: 153 is odd, so each full segment leaves a septet empty', () => {
    expect(segmentsOf('€'.repeat(81))).toBe(2);
    expect(segmentsOf('€'.repeat(152))).toBe(2);
    // 306 septets would fill two segments exactly.
    expect(segmentsOf('€'.repeat(153))).toBe(3);
    expect(segmentsOf(`${'a'.repeat(152)}€${'a'.repeat(152)}`)).toBe(3);
    expect(segmentsOf(`${'a'.repeat(151)}€${'a'.repeat(153)}`)).toBe(2);
  });

  test('never part a surrogate pair', () => {
    expect(segmentsOf('👍'.repeat(66))).toBe(2);
    expect(segmentsOf('👍'.repeat(67))).toBe(3);
    expect(segmentsOf(`${'я'.repeat(66)}👍${'я'.repeat(66)}`)).toBe(3);
    expect(segmentsOf(`${'я'.repeat(65)}👍${'я'.repeat(67)}`)).toBe(2);
  });

  test('hold every text: laid out one by one, none overflows and none could be spared', () => {
    const character = fc.constantFrom('a', 'Z', ' ', '€', '[', 'é');
    const text = fc.array(fc.oneof(character, fc.constantFrom('я', '👍')), { maxLength: 1000 });
    fc.assert(
      fc.property(fc.oneof(fc.array(character, { maxLength: 1000 }), text), (characters) => {
        const { encoding, units, segments } = toSmsParts(characters.join(''));
        const [single, each] = encoding === 'GSM_7' ? [160, 153] : [70, 67];
        if (units <= single) return segments === 1;
        // At most one unit of a segment stays empty.
        return segments >= Math.ceil(units / each) && segments <= Math.ceil(units / (each - 1));
      }),
    );
  });
});

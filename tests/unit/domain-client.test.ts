import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ClientChangesInput, NewClientInput } from '../../src/domain/client.ts';
import { changedOperatorCode, checkClientChanges, checkNewClient } from '../../src/domain/client.ts';

const anna = { phone: '+7 (916) 123-45-67', timeZone: 'europe/moscow' };
const annaStored = { phone: '79161234567', operatorCode: '916', tag: null, timeZone: 'Europe/Moscow' };

/** Code and path of every fault, without the words. */
function faultsOf(result: ReturnType<typeof checkNewClient> | ReturnType<typeof checkClientChanges>): string[] {
  return result.ok ? [] : result.errors.map((error) => `${error.code} ${error.field.join('.')}`);
}

function faultsOfNew(input: Partial<NewClientInput>): string[] {
  return faultsOf(checkNewClient({ ...anna, ...input }, ['input']));
}

/** The changes as they would be stored, or the faults. */
function valueOf(input: ClientChangesInput): unknown {
  const result = checkClientChanges(input, ['input']);
  return result.ok ? result.value : result.errors;
}

function faultsOfChanges(input: ClientChangesInput): string[] {
  return faultsOf(checkClientChanges(input, ['input']));
}

// Texts that a column cannot keep, or that are too long by one; and the longest that are not.
const badTags: [string, string][] = [
  ['101 characters', 'x'.repeat(101)],
  ['101 characters outside the basic plane', '😀'.repeat(101)],
  ['a very long text', 'x'.repeat(100_000)],
  ['a NUL', 'v\0ip'],
  ['the first half of a surrogate pair', 'vip\ud83d'],
  ['the second half of a surrogate pair', '\ude00vip'],
];
const goodTags: [string, string][] = [
  ['100 characters', 'x'.repeat(100)],
  ['100 characters outside the basic plane', '😀'.repeat(100)],
  ['blanks', '  '],
  ['letters in both directions', 'ВИП שלום'],
  ['SQL', "'; drop table client; --"],
  ['a comma and quotes', '{"a",b}'],
];

describe('a new client', () => {
  test('is stored in normal form, the operator code taken from the phone, without a tag', () => {
    expect(checkNewClient(anna, ['input'])).toEqual({ ok: true, value: annaStored });
    expect(checkNewClient({ ...anna, operatorCode: null, tag: null }, ['input'])).toEqual({ ok: true, value: annaStored });
    expect(checkNewClient({ ...anna, operatorCode: undefined, tag: undefined }, ['input'])).toEqual({ ok: true, value: annaStored });
  });

  test('keeps the operator code that is given, for a ported number', () => {
    expect(checkNewClient({ ...anna, operatorCode: '903' }, [])).toMatchObject({ value: { phone: '79161234567', operatorCode: '903' } });
  });

  test.each(['', '91', '9161', '9a6', ' 916'])('with the operator code %j is refused', (operatorCode) => {
    expect(faultsOfNew({ operatorCode })).toEqual(['INVALID_OPERATOR_CODE input.operatorCode']);
  });

  test.each(goodTags)('may have a tag of %s, kept exactly', (_, tag) => {
    expect(checkNewClient({ ...anna, tag }, [])).toMatchObject({ ok: true, value: { tag } });
  });

  test.each(badTags)('with a tag of %s is refused', (_, tag) => {
    expect(faultsOfNew({ tag })).toEqual(['INVALID_TAG input.tag']);
  });

  test('with an empty tag has none', () => {
    expect(checkNewClient({ ...anna, tag: '' }, [])).toMatchObject({ ok: true, value: { tag: null } });
  });

  test('with several faults hears of all of them at once, each below the path of the input', () => {
    const input = { phone: '8916', operatorCode: '91', tag: '\0', timeZone: 'GMT+25' };
    expect(faultsOf(checkNewClient(input, ['clients', '7']))).toEqual([
      'INVALID_PHONE clients.7.phone',
      'INVALID_OPERATOR_CODE clients.7.operatorCode',
      'INVALID_TAG clients.7.tag',
      'INVALID_TIME_ZONE clients.7.timeZone',
    ]);
    expect(faultsOfNew({ phone: '' })).toEqual(['INVALID_PHONE input.phone']);
    expect(faultsOfNew({ timeZone: '' })).toEqual(['INVALID_TIME_ZONE input.timeZone']);
  });

  test('is answered with faults, never an exception, whatever the texts are', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('7', '9', '+', '\0', '\ud800', '/', 'G', ':') }),
    );
    fc.assert(
      fc.property(texts, texts, texts, texts, (phone, operatorCode, tag, timeZone) => {
        const result = checkNewClient({ phone, operatorCode, tag, timeZone }, ['input']);
        expect(result.ok ? result.value.phone : 'refused').toMatch(/^(?:7\d{10}|refused)$/);
        expect(result.ok).toBe(faultsOf(result).length === 0);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('changes to a client', () => {
  test('hold only the fields that were given, in normal form', () => {
    expect(checkClientChanges({}, [])).toEqual({ ok: true, value: {} });
    const leftOut = { phone: undefined, operatorCode: undefined, tag: undefined, timeZone: undefined, optedOut: undefined };
    expect(valueOf(leftOut)).toStrictEqual({});
    expect(valueOf({ phone: '+7 916 123-45-67' })).toEqual({ phone: '79161234567' });
    expect(valueOf({ operatorCode: '903', tag: 'vip', timeZone: 'GMT+3', optedOut: true })).toEqual({
      operatorCode: '903',
      tag: 'vip',
      timeZone: '+03:00',
      optedOut: true,
    });
    expect(valueOf({ optedOut: false })).toEqual({ optedOut: false });
  });

  test('with null clear the tag, derive the operator code again, and leave the opt-out as it is', () => {
    expect(valueOf({ tag: null })).toEqual({ tag: null });
    expect(valueOf({ tag: '' })).toEqual({ tag: null });
    expect(valueOf({ operatorCode: null })).toEqual({ operatorCode: null });
    expect(valueOf({ optedOut: null })).toEqual({});
  });

  test('with null for phone or time zone are refused', () => {
    expect(faultsOfChanges({ phone: null, timeZone: null })).toEqual(['INVALID_PHONE input.phone', 'INVALID_TIME_ZONE input.timeZone']);
  });

  test('with several faults hear of all of them at once', () => {
    expect(faultsOfChanges({ phone: '8', operatorCode: '', tag: '\ud800', timeZone: 'EST', optedOut: true })).toEqual([
      'INVALID_PHONE input.phone',
      'INVALID_OPERATOR_CODE input.operatorCode',
      'INVALID_TAG input.tag',
      'INVALID_TIME_ZONE input.timeZone',
    ]);
  });
});

describe('the operator code after changes', () => {
  const derived = { phone: '79161234567', operatorCode: '916' };
  const ported = { phone: '79161234567', operatorCode: '903' };

  test('stays when neither phone nor code changes', () => {
    expect(changedOperatorCode(derived, {})).toBe('916');
    expect(changedOperatorCode(ported, { tag: 'vip' })).toBe('903');
  });

  test('follows a new phone when it was the code of the old one', () => {
    expect(changedOperatorCode(derived, { phone: '79261234567' })).toBe('926');
  });

  test('of a ported number stays with a new phone', () => {
    expect(changedOperatorCode(ported, { phone: '79261234567' })).toBe('903');
  });

  test('is the one that is given', () => {
    expect(changedOperatorCode(derived, { operatorCode: '905' })).toBe('905');
    expect(changedOperatorCode(ported, { operatorCode: '905', phone: '79261234567' })).toBe('905');
  });

  test('is derived again on null, from the new phone if there is one', () => {
    expect(changedOperatorCode(ported, { operatorCode: null })).toBe('916');
    expect(changedOperatorCode(ported, { operatorCode: null, phone: '79261234567' })).toBe('926');
  });
});

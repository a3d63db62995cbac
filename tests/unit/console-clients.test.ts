// What the console's screens of clients work out without a page: phones as they are typed, addresses, forms, time zones.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { faultsOf, fieldOfFault, mergeValues, toCreateInput, toUpdateInput, toValues } from '../../web/src/clients/client-values.ts';
import { isFiltered, noFilters, readClientsAddress, toClientsHref, toClientWhere } from '../../web/src/clients/clients-address.ts';
import type { ClientsAddress } from '../../web/src/clients/clients-address.ts';
import { formatPhone, toPhonePrefix, typedOperatorCode } from '../../web/src/components/phones.ts';
import { offsetAt, placeOf, searchTimeZones, timeZoneNames } from '../../web/src/clients/time-zones.ts';

const anna = { phone: '79001234567', operatorCode: '900', tag: 'vip', timeZone: 'Europe/Moscow' };

describe('a phone', () => {
  test('is shown in groups, and anything else as it is', () => {
    expect(formatPhone('79001234567')).toBe('+7 900 123-45-67');
    expect(formatPhone('123')).toBe('123');
  });

  test.each([
    ['+7 (900) 12', '+7 (900) 12'],
    ['7900', '7900'],
    ['8 900 12', '7 900 12'],
    ['900', '7900'],
    ['(495) 1', '7(495) 1'],
    ['8', '7'],
  ])('%s is searched for as %s', (typed, prefix) => {
    expect(toPhonePrefix(typed)).toBe(prefix);
  });

  test.each(['+1 202', 'Anna', '790012345678', '9001234567890'])('%s begins no phone', (typed) => {
    expect(toPhonePrefix(typed)).toBeNull();
  });

  test('says its operator code once its digits are there', () => {
    expect(['', '+7', '+7 (90', 'x'].map(typedOperatorCode)).toEqual([null, null, null, null]);
    expect(['+7 (900', '79001', '+7 900 123-45-67'].map(typedOperatorCode)).toEqual(['900', '900', '900']);
  });
});

describe('the address of the list', () => {
  const texts = fc.uniqueArray(
    fc.string({ minLength: 1, unit: 'binary' }).filter((text) => text.isWellFormed()),
    { maxLength: 3 },
  );
  const addresses: fc.Arbitrary<ClientsAddress> = fc.record({
    filters: fc.record({
      phone: fc.string(),
      operatorCodes: fc.uniqueArray(fc.stringMatching(/^\d{3}$/), { maxLength: 3 }),
      tags: texts,
      timeZones: texts,
      optedOut: fc.constantFrom(null, true, false),
    }),
    order: fc.constantFrom('CREATED_AT_DESC', 'CREATED_AT_ASC'),
    after: fc.option(fc.base64String({ minLength: 1 }), { nil: null }),
    creating: fc.boolean(),
  });

  test('reads as it was written, whatever is in it', () => {
    fc.assert(
      fc.property(addresses, (address) => {
        const href = toClientsHref(address);
        expect(readClientsAddress(href.slice('/clients'.length))).toEqual(address);
      }),
    );
  });

  test('is bare when nothing is chosen, and leaves out what cannot be', () => {
    expect(toClientsHref(readClientsAddress(''))).toBe('/clients');
    expect(toClientsHref({ filters: noFilters, order: 'CREATED_AT_DESC', after: null, creating: true })).toBe('/clients?new');
    expect(readClientsAddress('?code=9x&code=900&code=900&tag=').filters).toEqual({ ...noFilters, operatorCodes: ['900'] });
  });

  test('asks for what it says and nothing else', () => {
    expect(toClientWhere(noFilters)).toEqual({});
    expect(toClientWhere({ phone: ' 8900 ', operatorCodes: ['900'], tags: ['a'], timeZones: ['UTC'], optedOut: false })).toEqual({
      phonePrefix: '7900',
      operatorCodes: ['900'],
      tags: ['a'],
      timeZones: ['UTC'],
      optedOut: false,
    });
    expect(toClientWhere({ ...noFilters, phone: 'Anna' })).toEqual({ phonePrefix: 'Anna' });
    expect([noFilters, { ...noFilters, phone: ' ' }, { ...noFilters, optedOut: false }].map(isFiltered)).toEqual([false, false, true]);
  });
});

describe('a form', () => {
  const values = toValues(anna);

  test('leaves the operator code empty while it is the one of the phone', () => {
    expect(values).toEqual({ phone: '79001234567', operatorCode: '', tag: 'vip', timeZone: 'Europe/Moscow' });
    expect(toValues({ ...anna, operatorCode: '910', tag: null })).toMatchObject({ operatorCode: '910', tag: '' });
  });

  test('creates with nothing where nothing stands', () => {
    expect(toCreateInput({ phone: ' +7 900 ', operatorCode: ' ', tag: '', timeZone: 'UTC' })).toEqual({
      phone: '+7 900',
      operatorCode: null,
      tag: null,
      timeZone: 'UTC',
    });
  });

  test('sends only what was changed', () => {
    expect(toUpdateInput(values, values)).toEqual({});
    expect(toUpdateInput(values, { ...values, tag: '', operatorCode: '910' })).toEqual({ tag: null, operatorCode: '910' });
    expect(toUpdateInput({ ...values, operatorCode: '910' }, { ...values, timeZone: 'UTC' })).toEqual({
      operatorCode: null,
      timeZone: 'UTC',
    });
  });

  test('finds every fault by the rules of the service, each at its field', () => {
    const faults = faultsOf({ phone: '8900', operatorCode: '9', tag: 'x'.repeat(101), timeZone: '' });
    expect(faults.map((fault) => [fieldOfFault(fault), fault.code])).toEqual([
      ['phone', 'INVALID_PHONE'],
      ['operatorCode', 'INVALID_OPERATOR_CODE'],
      ['tag', 'INVALID_TAG'],
      ['timeZone', 'INVALID_TIME_ZONE'],
    ]);
    expect(faultsOf(values)).toEqual([]);
    expect(fieldOfFault({ code: 'STALE_VERSION', field: ['expectedVersion'], message: '' })).toBeNull();
  });

  test('takes what somebody else changed, except where this operator changed the same', () => {
    const mine = { ...values, tag: 'mine' };
    const theirs = { ...values, tag: 'theirs', timeZone: 'UTC' };
    expect(mergeValues(values, mine, theirs)).toEqual({
      values: { ...values, tag: 'mine', timeZone: 'UTC' },
      theirs: [
        { field: 'tag', value: 'theirs', inConflict: true },
        { field: 'timeZone', value: 'UTC', inConflict: false },
      ],
    });
    expect(mergeValues(values, mine, { ...values, tag: 'mine' }).theirs).toEqual([{ field: 'tag', value: 'mine', inConflict: false }]);
    expect(mergeValues(values, mine, values)).toEqual({ values: mine, theirs: [] });
  });
});

describe('time zones', () => {
  const summer = Date.parse('2026-07-01T12:00:00Z');
  const search = (text: string, language = 'en'): readonly string[] => searchTimeZones(text, language, summer, 10);

  test('are all there, by the names that the service stores', () => {
    const names = timeZoneNames();
    expect(names.length).toBeGreaterThan(400);
    expect(names).toEqual(expect.arrayContaining(['Europe/Moscow', 'Asia/Kolkata', 'UTC', '-12:00', '+00:00', '+14:00']));
    expect(names).not.toContain('Asia/Calcutta');
    expect(new Set(names).size).toBe(names.length);
  });

  test('know their offset of the day', () => {
    expect(['Europe/Moscow', 'Europe/Berlin', 'UTC', 'Asia/Kathmandu', '-03:30'].map((zone) => offsetAt(zone, summer))).toEqual([
      '+03:00',
      '+02:00',
      '+00:00',
      '+05:45',
      '-03:30',
    ]);
    expect(offsetAt('Europe/Berlin', Date.parse('2026-01-01T12:00:00Z'))).toBe('+01:00');
  });

  test('are found by name, by what else names them, and by offset', () => {
    expect(search('moscow')[0]).toBe('Europe/Moscow');
    expect(search('new york')[0]).toBe('America/New_York');
    expect(search('gmt+3')[0]).toBe('+03:00');
    expect(search('asia/calcutta')[0]).toBe('Asia/Kolkata');
    expect(search('+5:45')).toContain('Asia/Kathmandu');
    expect(search('-3').slice(0, 2)).toEqual(['-03:00', 'America/Araguaina']);
    expect(search('+3')[0]).toBe('+03:00');
    expect(search('+25')).toEqual([]);
    expect(search('nowhere')).toEqual([]);
    expect(search('')).toHaveLength(10);
  });

  test('are found by their place in Russian', () => {
    expect(search('омск', 'ru')).toEqual(['Asia/Omsk']);
    expect(search('Москва', 'ru')).toContain('Europe/Moscow');
    expect(placeOf('+03:00', 'ru', summer)).toBe('');
  });
});

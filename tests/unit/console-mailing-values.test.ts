// The form of a mailing: what is sent of it, what changed, where faults belong, and what outlives the page.
import { describe, expect, test } from 'vitest';
import { makeDraft } from '../../web/src/mailings/draft.ts';
import { editFaults, newMailingFaults, placeFault } from '../../web/src/mailings/form-faults.ts';
import {
  changedFields,
  copiedValues,
  foreignChanges,
  isMailingValues,
  newValues,
  onlyChanged,
  rebase,
  toCreateInput,
  valuesOf,
} from '../../web/src/mailings/form-values.ts';

const moscow = 'Europe/Moscow';
const now = Date.parse('2026-12-01T12:00:00+03:00');
const mailing = {
  text: 'Hello',
  startsAt: '2026-12-02T06:00:30.500Z',
  endsAt: '2026-12-02T18:00:00.000Z',
  ratePerSecond: 100,
  sendWindow: { from: '09:00', to: '21:00' },
  filter: { operatorCodes: ['900'], tags: ['vip', 'new'] },
};
const values = valuesOf(mailing, moscow);

describe('what is sent', () => {
  test('is the whole of a new mailing, the start of one that starts at once being the present', () => {
    expect(toCreateInput({ ...newValues(now, moscow), text: 'Hi', tags: ['vip'] }, now, moscow)).toEqual({
      text: 'Hi',
      filter: { operatorCodes: [], tags: ['vip'] },
      startsAt: '2026-12-01T09:00:00.000Z',
      endsAt: '2026-12-01T18:00:00.000Z',
      sendWindow: { from: '09:00', to: '21:00' },
      ratePerSecond: null,
    });
  });

  test('is of an edit only what changed: an instant that was left alone keeps its milliseconds', () => {
    const changed = { ...values, text: 'Bye', tags: ['vip'], sendWindow: null };
    expect(onlyChanged(values, changed, toCreateInput(changed, now, moscow))).toEqual({
      text: 'Bye',
      filter: { operatorCodes: ['900'], tags: ['vip'] },
      sendWindow: null,
    });
    expect(onlyChanged(values, values, toCreateInput(values, now, moscow))).toEqual({});
  });
});

describe('a copy', () => {
  test('keeps a period that lies ahead', () => {
    expect(copiedValues(mailing, now, moscow)).toEqual(values);
  });

  test('of a mailing that has begun starts at once, and keeps the end when it is still to come', () => {
    const begun = { ...mailing, startsAt: '2026-11-01T00:00:00.000Z' };
    expect(copiedValues(begun, now, moscow)).toEqual({ ...values, startsAt: null });
    expect(copiedValues({ ...begun, endsAt: '2026-11-02T00:00:00.000Z' }, now, moscow)).toMatchObject({
      startsAt: null,
      endsAt: '2026-12-01 21:00:00',
    });
  });
});

test('my changes go on top of theirs, and what I left alone is theirs', () => {
  const theirs = { ...values, text: 'Theirs', endsAt: '2026-12-03 21:00:00' };
  const mine = { ...values, text: 'Mine', ratePerSecond: 5 };
  expect(rebase(values, mine, theirs)).toEqual({ ...theirs, text: 'Mine', ratePerSecond: 5 });
  expect(changedFields(values, theirs)).toEqual(['text', 'endsAt']);
  expect(foreignChanges(values, mine, theirs)).toEqual(['text', 'endsAt']);
  expect(foreignChanges(values, { ...mine, text: 'Theirs' }, theirs)).toEqual(['endsAt']);
});

describe('faults', () => {
  const placesOf = (
    faults: readonly { readonly field: string | null; readonly entry: string | null; readonly fault: { readonly code: string } }[],
  ) => faults.map(({ field, entry, fault }) => [field, entry, fault.code]);

  test('of a new mailing are found by the rules of the service, each at its field and entry', () => {
    const wrong = {
      text: '',
      operatorCodes: ['900', '9o1'],
      tags: ['x'.repeat(101)],
      startsAt: '2026-12-02 09:00:00',
      endsAt: '2026-12-02 08:00:00',
      sendWindow: { from: '09:00', to: '09:00' },
      ratePerSecond: 0,
    };
    expect(placesOf(newMailingFaults(wrong, now, moscow))).toEqual([
      ['text', null, 'INVALID_TEXT'],
      ['operatorCodes', '9o1', 'INVALID_FILTER'],
      ['tags', 'x'.repeat(101), 'INVALID_FILTER'],
      ['endsAt', null, 'INVALID_PERIOD'],
      ['sendWindow', null, 'INVALID_SEND_WINDOW'],
      ['ratePerSecond', null, 'INVALID_RATE'],
    ]);
    expect(newMailingFaults({ ...values, text: 'Hi' }, now, moscow)).toEqual([]);
  });

  test('of an edit are of what changed: a running mailing keeps its filter and its start', () => {
    const edit = (status: 'SCHEDULED' | 'RUNNING' | 'COMPLETED', after: typeof values) =>
      placesOf(editFaults({ mailing: { ...mailing, status }, before: values, after }, now, moscow));
    expect(edit('RUNNING', { ...values, tags: [], text: 'Other' })).toEqual([['tags', null, 'MAILING_STARTED']]);
    expect(edit('SCHEDULED', { ...values, tags: [], startsAt: null })).toEqual([]);
    expect(edit('COMPLETED', { ...values, text: 'Other' })).toEqual([[null, null, 'MAILING_FINISHED']]);
    expect(edit('SCHEDULED', { ...values, startsAt: '2026-12-04 09:00:00' })).toEqual([['startsAt', null, 'INVALID_PERIOD']]);
  });

  test('of the answer that belong to no field are of the whole form', () => {
    const fault = { code: 'STALE_VERSION' as const, field: ['expectedVersion'], message: '' };
    expect(placeFault(fault, values)).toEqual({ field: null, fault, entry: null });
  });
});

describe('a draft', () => {
  const storage = (): Storage => {
    const entries = new Map<string, string>();
    return {
      getItem: (key: string) => entries.get(key) ?? null,
      setItem: (key: string, value: string) => void entries.set(key, value),
      removeItem: (key: string) => void entries.delete(key),
    } as unknown as Storage;
  };

  test('comes back until it is cleared', () => {
    const place = storage();
    makeDraft('new', isMailingValues, place).write(values);
    expect(makeDraft('new', isMailingValues, place).read()).toEqual(values);
    expect(makeDraft('other', isMailingValues, place).read()).toBeNull();
    makeDraft('new', isMailingValues, place).clear();
    expect(makeDraft('new', isMailingValues, place).read()).toBeNull();
  });

  test('of another shape is forgotten, and a storage that refuses does no harm', () => {
    const place = storage();
    makeDraft('new', (value): value is unknown => value !== null, place).write({ text: 1 });
    expect(makeDraft('new', isMailingValues, place).read()).toBeNull();
    const refuse = (): never => {
      throw new DOMException('no', 'SecurityError');
    };
    const refusing = makeDraft('new', isMailingValues, { getItem: refuse, setItem: refuse, removeItem: refuse } as unknown as Storage);
    refusing.write(values);
    refusing.clear();
    expect(refusing.read()).toBeNull();
  });
});

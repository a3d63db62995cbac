import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fetchSizeOf, pageSizeLimit, toCursor, toPage, toPosition } from '../../src/database/keyset.ts';

const instants = fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n }).map(String);
const ids = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String);

test('a cursor gives back its position, to the last digit, and only in its own order', () => {
  fc.assert(
    fc.property(instants, ids, (instant, id) => {
      const cursor = toCursor('clients CREATED_AT_ASC', [instant, id]);
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(toPosition('clients CREATED_AT_ASC', cursor, 1)).toEqual([instant, id]);
      expect(toPosition('clients CREATED_AT_DESC', cursor, 1)).toBeNull();
      expect(toPosition('clients CREATED_AT_ASC', cursor, 0)).toBeNull();
    }),
  );
});

test('what is taken for a cursor is a cursor, to the last character', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.base64String(),
    fc.string().map((text) => Buffer.from(`messages:${text}`).toString('base64url')),
    ids.map((id) => `${toCursor('messages', [id])}${id.endsWith('7') ? '=' : ''}`),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const position = toPosition('messages', text, 0);
      expect(position === null ? text : toCursor('messages', position)).toBe(text);
    }),
  );
});

test('one row more than the page is fetched, in one of three sizes', () => {
  const sizes = Array.from({ length: pageSizeLimit }, (_, index) => fetchSizeOf(index + 1));
  for (const [index, size] of sizes.entries()) expect(size).toBeGreaterThan(index + 1);
  expect(new Set(sizes)).toEqual(new Set([21, 51, 101]));
});

test('a page knows what follows and what lies before, also when it is empty', () => {
  const row = (id: string) => ({ position: [id], before: true, id });
  expect(toPage([row('1'), row('2'), row('3')], 2)).toEqual({ rows: [row('1'), row('2')], hasNextPage: true, hasPreviousPage: true });
  expect(toPage([row('1'), row('2')], 2)).toMatchObject({ hasNextPage: false });
  expect(toPage([{ position: null, before: true }], 2)).toEqual({ rows: [], hasNextPage: false, hasPreviousPage: true });
  expect(toPage([], 2)).toEqual({ rows: [], hasNextPage: false, hasPreviousPage: false });
});

// What went wrong in the database, by SQLSTATE or the driver's words.
import { expect, test } from 'vitest';
import { isServerFault } from '../../src/database/database-faults.ts';

const fault = (code: string): Error => Object.assign(new Error('no'), { code });

test.each(['55P03', '40P01', '23505', '22003', 'P0001'])('%s is told by PostgreSQL: the statement was rolled back', (code) => {
  expect(isServerFault(fault(code))).toBe(true);
  expect(isServerFault(new Error('of the ORM', { cause: fault(code) }))).toBe(true);
});

test.each(['EPIPE', 'EHOSTUNREACH', 'ECONNABORTED', ''])('%j is not: nobody knows what became of the statement', (code) => {
  expect(isServerFault(fault(code))).toBe(false);
});

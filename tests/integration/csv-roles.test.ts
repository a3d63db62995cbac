// Who may use the doors for CSV, as the service is served with AUTH=jwt.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGuardedApi } from '../support/guarded-api.ts';
import type { GuardedApi } from '../support/guarded-api.ts';
import { storeMailing } from '../support/stored-rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { signToken } from '../support/tokens.ts';

let db: TestDatabase;
let api: GuardedApi;

beforeAll(async () => {
  db = await createTestDatabase();
  api = await startGuardedApi(db.url);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await db.drop();
});

const authorization = async (role: string | null): Promise<Record<string, string>> =>
  role === null ? {} : { authorization: `Bearer ${await signToken({ role })}` };

describe('an import', () => {
  const importAs = async (role: string | null) =>
    (
      await fetch(`${api.url}/clients/import`, {
        method: 'POST',
        headers: { 'content-type': 'text/csv', ...(await authorization(role)) },
        body: 'phone,time_zone\n79160000000,UTC\n',
      })
    ).status;

  test('is for operators and admins: viewers and strangers write nothing', async () => {
    expect([await importAs(null), await importAs('viewer')]).toEqual([401, 403]);
    const { rows } = await db.pool.query('select from client');
    expect(rows).toEqual([]);
    expect([await importAs('operator'), await importAs('admin')]).toEqual([200, 200]);
    expect(api.logLines).toContainEqual(expect.objectContaining({ operation: 'importClientFile', actor: 'anna', role: 'operator' }));
  });
});

test('an export is for every role, and for no stranger', async () => {
  const mailingId = await storeMailing(db.pool);
  const exportAs = async (role: string | null) =>
    (await fetch(`${api.url}/mailings/${mailingId}/messages.csv`, { headers: await authorization(role) })).status;
  expect([await exportAs(null), await exportAs('visitor')]).toEqual([401, 403]);
  expect([await exportAs('viewer'), await exportAs('operator'), await exportAs('admin')]).toEqual([200, 200, 200]);
});

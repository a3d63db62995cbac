// Who is asking: what a front end is told about its own caller.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/domain/principal.ts';
import { openGraphqlApi } from '../support/graphql-api.ts';
import { startGuardedApi } from '../support/guarded-api.ts';
import type { GuardedApi } from '../support/guarded-api.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';
import { signToken } from '../support/tokens.ts';

const document = '{ me { subject role expiresAt } }';

let db: TestDatabase;
let guarded: GuardedApi;
beforeAll(async () => {
  db = await createTestDatabase();
  guarded = await startGuardedApi(db.url);
});
afterAll(async () => {
  await guarded[Symbol.asyncDispose]();
  await db.drop();
});

test.each(roles)('a %s reads its name, its role, and how long its token counts: five seconds longer than it says', async (role) => {
  const token = await signToken({ sub: 'anna', role });
  const [, payload = ''] = token.split('.');
  const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp: number };
  const { data, errors } = await guarded.ask(token, document);
  expect(errors).toEqual([]);
  expect(data.me).toEqual({ subject: 'anna', role: role.toUpperCase(), expiresAt: new Date((exp + 5) * 1_000).toISOString() });
});

test('a token may name its bearer as the service names everybody', async () => {
  const { data } = await guarded.ask(await signToken({ sub: 'anyone', role: 'viewer' }), '{ me { subject role } }');
  expect(data.me).toEqual({ subject: 'anyone', role: 'VIEWER' });
});

test('without authentication everybody is an admin without a name', async () => {
  const api = await openGraphqlApi({ url: db.url });
  try {
    expect((await api.ask(document)).data.me).toEqual({ subject: null, role: 'ADMIN', expiresAt: null });
  } finally {
    await api[Symbol.asyncDispose]();
  }
});

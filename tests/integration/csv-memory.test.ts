// CSV of any length in flat memory, in a process of its own: one whose heap has no room for what goes through it.
import { Readable } from 'node:stream';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestService } from '../support/service.ts';
import type { TestService } from '../support/service.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const ROWS = 600_000;
/** Every fifth row is good, and of one of these: rows that do not reach the database, or change nothing there, take less time. */
const CLIENTS = 10_000;

let db: TestDatabase;
let service: TestService;

beforeAll(async () => {
  db = await createTestDatabase();
  service = await startTestService({
    databaseUrl: db.url,
    providerUrl: 'http://127.0.0.1:9/v1',
    // A service at rest has about 60 MiB in use. As objects, the rows would need more than that again, and the process would end.
    env: { ROLE: 'api', NODE_OPTIONS: '--max-old-space-size=128' },
  });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await db.drop();
});

function* fileInPieces(): Generator<string> {
  yield 'phone,operator_code,tag,time_zone\n';
  for (let first = 0; first < ROWS; first += 1_000) {
    yield Array.from({ length: 1_000 }, (_, n) => {
      const phone = n % 5 === 0 ? 79_000_000_000 + ((first + n) % (CLIENTS * 5)) : 'none';
      return `${phone},,tag ${n} of many,Europe/Moscow\n`;
    }).join('');
  }
}

test(`an import of ${ROWS} rows needs no memory for them`, { timeout: 180_000 }, async () => {
  const { statusCode, body } = await request(`${service.url}/clients/import`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: Readable.from(fileInPieces()),
    headersTimeout: 0,
  });
  expect(statusCode).toBe(200);
  expect(await body.json()).toMatchObject({ created: CLIENTS, updated: 0, skipped: ROWS / 5 - CLIENTS, failed: (ROWS / 5) * 4 });
});

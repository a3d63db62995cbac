// One database, one stub provider and one service for a file of end-to-end tests; each test starts with an empty directory.
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { resetGate } from './gate.ts';
import { startTestService } from './service.ts';
import type { TestService } from './service.ts';
import { accept } from './stub-behaviours.ts';
import { startStubProvider } from './stub-provider.ts';
import type { StubEntry, StubProvider } from './stub-provider.ts';
import { createTestDatabase } from './test-database.ts';
import type { TestDatabase } from './test-database.ts';

export interface EndToEnd {
  database: TestDatabase;
  stub: StubProvider;
  service: TestService;
  /** Requests for messages of one mailing, by its text: tests give each mailing a text of its own. */
  requestsFor(text: string): readonly StubEntry[];
}

/**
 * Call at the top of a file; the parts are there in every test. The provider has 20 s and a lease 60 s: the stub is in this process, and a
 * pause of the machine repeats no request.
 */
export function useEndToEnd(env: Readonly<Record<string, string>> = {}): EndToEnd {
  const parts = {} as EndToEnd;
  beforeAll(async () => {
    parts.database = await createTestDatabase();
    parts.stub = await startStubProvider();
    parts.service = await startTestService({
      databaseUrl: parts.database.url,
      providerUrl: parts.stub.url,
      env: { LEASE_SECONDS: '60', RECONCILE_SECONDS: '1', PROVIDER_TIMEOUT_MS: '20000', ...env },
    });
    parts.requestsFor = (text) => parts.stub.ledger.filter((entry) => entry.body?.text === text);
  });
  beforeEach(async () => {
    parts.stub.behave(() => accept());
    parts.stub.release();
    await parts.database.pool.query('delete from client');
    await resetGate(parts.database.pool);
  });
  afterAll(async () => {
    await parts.service[Symbol.asyncDispose]();
    await parts.stub.close();
    await parts.database.drop();
  });
  return parts;
}

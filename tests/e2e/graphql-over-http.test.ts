// GraphQL over HTTP to the letter: the audits of the package graphql-http, against the real service.
import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestService } from '../support/service.ts';
import type { TestService } from '../support/service.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
let service: TestService;
beforeAll(async () => {
  database = await createTestDatabase();
  service = await startTestService({ databaseUrl: database.url, providerUrl: 'http://127.0.0.1:9/v1', env: { ROLE: 'api' } });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await database.drop();
});

/**
 * What the specification leaves to a server (MAY), and this one does not offer: GET without the header by which it knows that no other
 * site's page could have sent it.
 */
const notOffered = ['5A70', 'D6D5', '6A70'];

const audits = serverAudits({ url: () => `${service.url}/graphql` });

describe('the audits of graphql-http', () => {
  test('are all there', () => {
    expect(audits).toHaveLength(61);
  });

  test.each(audits.map((audit) => [`${audit.id} ${audit.name}`, audit] as const))('%s', async (_name, audit) => {
    const result = await audit.fn();
    const found = result.status === 'ok' ? 'ok' : `${result.status}: ${result.reason}`;
    expect(found).toBe(notOffered.includes(audit.id) ? 'notice: Response status code is not 200' : 'ok');
  });
});

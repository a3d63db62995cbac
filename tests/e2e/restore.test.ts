// What docs/operations.md promises of a restore to an older state and of a way back to an older version, on the real service.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { blocksOf } from '../support/documented.ts';
import { eventually } from '../support/eventually.ts';
import { addClients, createMailing, finished, readStatistics } from '../support/scenario.ts';
import { startTestService } from '../support/service.ts';
import type { TestService } from '../support/service.ts';
import { accept } from '../support/stub-behaviours.ts';
import { startStubProvider } from '../support/stub-provider.ts';
import type { StubProvider } from '../support/stub-provider.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let stub: StubProvider;
beforeAll(async () => {
  stub = await startStubProvider({ script: () => accept() });
});
afterAll(async () => {
  await stub.close();
});

async function start({ url }: TestDatabase, role: 'all' | 'api'): Promise<TestService> {
  return startTestService({ databaseUrl: url, providerUrl: stub.url, env: { ROLE: role, RECONCILE_SECONDS: '1' } });
}

const requestedFor = (text: string): readonly string[] =>
  stub.ledger
    .filter(({ body }) => body?.text === text)
    .map(({ msgId }) => msgId)
    .toSorted();

const mutate = async (service: TestService, name: string, id: string): Promise<unknown> =>
  service.query(`mutation { ${name}(id: "${id}") { userErrors { code } } }`);

test('after a restore to an older state what was sent since is sent again under the same ids, and nothing else has an id of the lost', async () => {
  const [skipIds] = blocksOf('docs/operations.md').filter(({ language }) => language === 'sql');
  await using original = await createTestDatabase();
  await addClients(original.pool, 20);
  let mailing = '';
  {
    await using service = await start(original, 'all');
    mailing = await createMailing(service, { text: 'before the backup', ratePerSecond: 3 });
    await eventually(async () => (await readStatistics(service, mailing)).sent > 0);
    await mutate(service, 'pauseMailing', mailing);
    expect(await service.end('SIGTERM')).toBe(0);
  }
  const before = requestedFor('before the backup');
  await using restored = await createTestDatabase({ copyOf: original });
  {
    await using service = await start(original, 'all');
    await mutate(service, 'resumeMailing', mailing);
    await finished(service, mailing);
    await finished(service, await createMailing(service, { text: 'lost' }));
  }
  const sent = requestedFor('before the backup');
  const lost = requestedFor('lost');
  expect([before.length < 20, sent.length, lost.length]).toEqual([true, 20, 20]);

  await restored.pool.query(skipIds?.text ?? '');
  await using service = await start(restored, 'all');
  await mutate(service, 'resumeMailing', mailing);
  expect(await finished(service, mailing)).toMatchObject({ total: 20, sent: 20 });
  await finished(service, await createMailing(service, { text: 'after the restore' }));

  const sentSinceTheBackup = sent.filter((id) => !before.includes(id));
  expect(requestedFor('before the backup')).toEqual([...sent, ...sentSinceTheBackup].toSorted());
  const after = requestedFor('after the restore');
  expect(after).toHaveLength(20);
  expect(after.filter((id) => [...sent, ...lost].includes(id))).toEqual([]);
});

test('a version runs on the database of the next one', async () => {
  await using database = await createTestDatabase();
  await database.pool.query(`insert into schema_migration (name, executed_at) values ('9999-of-the-next-version', now())`);
  await using service = await start(database, 'all');
  expect((await fetch(`${service.url}/readyz`)).status).toBe(200);
});

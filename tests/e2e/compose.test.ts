// What docker compose up starts: the files that the image has, the commands and the environment of docker-compose.yml, as processes.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { composeWith, startContainer } from '../support/containers.ts';
import type { Container } from '../support/containers.ts';
import { makeImageFolder } from '../support/dockerfile.ts';
import type { ImageFolder } from '../support/dockerfile.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { postGraphql } from '../support/graphql-client.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let image: ImageFolder;
let database: TestDatabase;
const running: Container[] = [];

beforeAll(async () => {
  [image, database] = await Promise.all([makeImageFolder(), createTestDatabase({ migrated: false })]);
});
afterAll(async () => {
  for (const container of running) await container[Symbol.asyncDispose]();
  await database.drop();
  await image[Symbol.asyncDispose]();
});

function start(name: string, changed: Readonly<Record<string, string>>): Container {
  const container = startContainer(image.path, name, changed);
  running.push(container);
  return container;
}

async function ask<Data>(port: string, query: string): Promise<Data> {
  const { data, errors } = await postGraphql<Data>(`http://127.0.0.1:${port}`, query);
  expect(errors).toBeUndefined();
  return data;
}

describe('the services of docker-compose.yml', () => {
  test('migrate a new database, send a mailing from its creation to its end, answer their health checks, and drain', async () => {
    const { url } = database;
    const [apiPort, providerPort, ...metricsPorts] = await Promise.all(Array.from({ length: 4 }, freePort));
    if (apiPort === undefined || providerPort === undefined) throw new Error('no port');
    const here = { DATABASE_URL: url, HOST: '127.0.0.1' };

    const api = start('api', { ...here, PORT: apiPort });
    expect((await api.health()).code, 'before it is migrated').toBe(1);
    const migrate = start('migrate', { DATABASE_URL: url });
    expect([await migrate.ended(), migrate.printed()]).toEqual([0, expect.stringContaining('The database is migrated.')]);

    const simulator = start('simulator', { SIMULATOR_HOST: '127.0.0.1', SIMULATOR_PORT: providerPort });
    await eventually(() => simulator.printed().includes(`http://127.0.0.1:${providerPort}`));
    const PROVIDER_URL =
      composeWith({}).services['worker']?.environment?.['PROVIDER_URL']?.replace('simulator:4010', `127.0.0.1:${providerPort}`) ?? '';
    const workers = metricsPorts.map((METRICS_PORT) => start('worker', { ...here, METRICS_PORT, PROVIDER_URL }));
    await eventually(async () => (await api.health()).code === 0, { timeoutMs: 60_000, everyMs: 200 });

    await ask(
      apiPort,
      `mutation { importClients(clients: [${Array.from({ length: 50 }, (_, i) => `{ phone: "${79_000_000_000 + i}", timeZone: "Europe/Moscow" }`).join()}]) { created } }`,
    );
    const { createMailing } = await ask<{ createMailing: { mailing: { id: string } } }>(
      apiPort,
      'mutation { createMailing(input: { text: "Hello", startsAt: "2026-01-01T00:00:00Z", endsAt: "2099-01-01T00:00:00Z" }) { mailing { id } } }',
    );
    const completed = await eventually(
      async () => {
        const { mailing } = await ask<{ mailing: { status: string; statistics: object } }>(
          apiPort,
          `{ mailing(id: "${createMailing.mailing.id}") { status statistics { total sent } } }`,
        );
        return mailing.status === 'COMPLETED' && mailing;
      },
      { timeoutMs: 60_000 },
    );
    expect(completed.statistics).toEqual({ total: 50, sent: 50 });

    // One of them was enough to send it; the other may still be starting.
    for (const worker of workers) await eventually(async () => expect(await worker.health()).toMatchObject({ code: 0 }), { everyMs: 200 });
    const ends = await Promise.all([api, ...workers].map(async (container) => await container.stop()));
    expect(ends).toEqual([0, 0, 0]);
    const { code, stdout } = await api.health();
    expect([code, stdout]).toEqual([1, expect.stringContaining('does not answer')]);
  });

  test.each(['migrate', 'api', 'worker'])('give %s an environment that it takes as it stands', (name) => {
    expect(readConfig(composeWith({}).services[name]?.environment ?? {})).toMatchObject({ ok: true });
  });

  test('give everybody what stands in .env', () => {
    const services = composeWith({
      AUTH: 'jwt',
      AUTH_JWKS_URL: 'https://id.example/keys',
      AUTH_ISSUER: 'https://id.example',
      PROVIDER_URL: 'https://provider.example/v1',
      PROVIDER_TOKEN: 'abc',
      PROVIDER_RATE_PER_SECOND: '100',
      PROVIDER_ON_AMBIGUOUS: 'hold',
      LEASE_SECONDS: '30',
    }).services;
    expect(readConfig(services['api']?.environment ?? {})).toMatchObject({
      ok: true,
      config: { role: 'api', auth: { mode: 'jwt', keys: { kind: 'jwks' }, issuer: 'https://id.example' } },
    });
    expect(readConfig(services['worker']?.environment ?? {})).toMatchObject({
      ok: true,
      config: {
        role: 'worker',
        provider: { url: 'https://provider.example/v1', token: { token: 'abc' }, ratePerSecond: 100, onAmbiguous: 'hold' },
        worker: { leaseMs: 30_000 },
      },
    });
  });
});

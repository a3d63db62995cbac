// README and the pages in docs/ as somebody follows them: their blocks of commands, typed as they stand into a terminal in a fresh copy of
// the project. Only what a second service on this machine would meet is replaced: the port, and the address of the database.
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { blocksOf, documented } from '../support/documented.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { postGraphql } from '../support/graphql-client.ts';
import { renderKustomization } from '../support/kustomization.ts';
import { startMailServer } from '../support/mail-server.ts';
import { copyProject } from '../support/terminal.ts';
import type { Project, Running } from '../support/terminal.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { startWebhookReceiver } from '../support/webhook-receiver.ts';

// Nearly every block builds anew, as its reader does.
vi.setConfig({ testTimeout: 400_000 });

let project: Project;
let port: string;
beforeAll(async () => {
  project = await copyProject();
  port = await freePort();
});
afterAll(async () => {
  await project[Symbol.asyncDispose]();
});

const here = (block: string): string => block.replaceAll(':4000', `:${port}`);

async function start(block: string, env: Readonly<Record<string, string>> = {}): Promise<Running> {
  // The libraries are there: .ci/run has installed them with the same command.
  return project.start(block.replace('npm ci && ', ''), { PORT: port, ...env }, 'Carillon is ready');
}

async function ended(service: Running): Promise<void> {
  await service.interrupt();
  await eventually(() => service.printed().includes('"event":"stopped"'));
}

async function ask<Data>(query: string): Promise<Data> {
  const { data, errors } = await postGraphql<Data>(`http://127.0.0.1:${port}`, query);
  expect(errors).toBeUndefined();
  return data;
}

const countClients = async (): Promise<number> =>
  (await ask<{ statistics: { clients: number } }>('{ statistics { clients } }')).statistics.clients;

describe('the service', () => {
  test('the first of the two commands, and what can be asked then: a query, clients in, a mailing, messages out, typed clients', async () => {
    const service = await start(documented('README.md', 'npm ci && npm start'));
    expect(await project.type(here(documented('docs/api.md', 'curl http://127.0.0.1:4000/graphql')))).toContain(
      '{"data":{"mailings":{"totalCount":0',
    );

    const [csv] = blocksOf('docs/csv.md').filter(({ language }) => language === 'csv');
    await writeFile(join(project.path, 'clients.csv'), csv?.text ?? '');
    expect(await project.type(here(documented('docs/csv.md', 'curl -T clients.csv')))).toContain(
      '"created":2,"updated":0,"skipped":0,"failed":1',
    );

    await ask(
      'mutation { createMailing(input: { text: "Hello", startsAt: "2026-01-01T00:00:00Z", endsAt: "2099-01-01T00:00:00Z" }) { mailing { id } } }',
    );
    const watched = await project.type(documented('docs/api.md', 'node_modules/.bin/node examples/typed-clients/urql.ts 1'), {
      CARILLON_URL: `http://127.0.0.1:${port}`,
    });
    expect(watched.match(/COMPLETED: 2 of 2 sent/g)).toHaveLength(2);

    await project.type(here(documented('docs/csv.md', 'curl -OJ --compressed')));
    const exported = await readFile(join(project.path, 'mailing-1-messages.csv'), 'utf8');
    expect(exported.split('\n')[0]).toMatch(/^message_id,/);
    expect(await project.type(here(documented('docs/metrics.md', 'curl -s')))).toContain('carillon_queue_messages');

    await whatIsStoredAboutOne();
    await dailyReport();
    await ended(service);
  });

  async function whatIsStoredAboutOne(): Promise<void> {
    const phones = Array.from({ length: 10 }, (_, n) => `{ phone: "7930000000${n}", timeZone: "UTC" }`);
    await ask(`mutation { importClients(clients: [${phones.join()}]) { created } }`);
    const kept = await countClients();
    await project.type(here(documented('docs/operations.md', 'npm run -s client -- export')));
    for (const name of ['client.json', 'client-5.json'])
      expect(JSON.parse(await readFile(join(project.path, name), 'utf8'))).toMatchObject({ client: { id: '5' } });
    expect(await countClients()).toBe(kept - 1);
  }

  async function dailyReport(): Promise<void> {
    await using mail = await startMailServer();
    const printed = await project.type(documented('docs/daily-report.md', 'npm run report'), {
      SMTP_URL: `smtp://127.0.0.1:${mail.port}`,
      REPORT_TO: 'ops@example.org',
    });
    expect(printed).toContain('2026-11-20');
    expect(await readFile(join(project.path, 'report.html'), 'utf8')).toContain('<html');
    expect(mail.mails.map(({ to }) => to)).toEqual([['ops@example.org']]);
  }

  test('traces go to a collector; one that is not there stops nothing', async () => {
    const service = await start(
      documented('docs/tracing.md', 'OTEL_EXPORTER_OTLP_ENDPOINT').replace('http://collector:4318', 'http://127.0.0.1:9'),
    );
    expect(await countClients()).toBeGreaterThanOrEqual(0);
    await ended(service);
  });

  test('people sign in to the console at a provider that the service is told of', async () => {
    const service = await start(documented('docs/api.md', 'AUTH=jwt AUTH_JWKS_URL'));
    const settings = await fetch(`http://127.0.0.1:${port}/console/settings.json`);
    expect(JSON.stringify(await settings.json())).toContain('https://id.example');
    await ended(service);
  });

  test('the simulator that fails', async () => {
    const service = await start(documented('README.md', 'SIMULATOR_FAILURE_RATE'));
    await ended(service);
    expect(service.printed()).toContain('PROVIDER SIMULATOR');
  });

  test('tokens from a shared secret', async () => {
    const block = documented('docs/api.md', 'export AUTH_JWT_SECRET');
    const [makeSecret = ''] = block.split('\n');
    const AUTH_JWT_SECRET = (await project.type(`${makeSecret}\necho $AUTH_JWT_SECRET`)).trim();
    const service = await start(block.replace(makeSecret, ''), { AUTH_JWT_SECRET });
    expect(await project.type(here(documented('docs/api.md', 'TOKEN=$(npm run')), { AUTH_JWT_SECRET })).toContain('"clients":');
    const forPrometheus = await project.type(documented('docs/operations.md', 'npm run -s token'), { AUTH_JWT_SECRET });
    expect(decodeJwt(forPrometheus.split('\n')[0] ?? '')).toMatchObject({ sub: 'prometheus', role: 'viewer' });
    await ended(service);
  });

  test('one process for each role, and one for all of them on a database of your own', async () => {
    await using database = await createTestDatabase({ migrated: false });
    const [setDatabase = '', ...commands] = documented('docs/operations.md', 'export DATABASE_URL').trim().split('\n');
    expect(setDatabase).toMatch(/^export DATABASE_URL=postgres:\/\/\S+$/);
    expect(commands).toHaveLength(4);
    const DATABASE_URL = database.url;
    const [build = '', migrate = '', api = '', worker = ''] = commands;
    await project.type(build);
    expect(await project.type(migrate, { DATABASE_URL })).toContain('The database is migrated.');
    for (const command of [api, worker]) await ended(await start(command, { DATABASE_URL }));

    const block = documented('docs/operations.md', 'DATABASE_URL=postgres');
    await ended(await start(block.replace(/postgres:\/\/\S+/, DATABASE_URL)));
  });
});

describe('operations', () => {
  test('a copy of the folder is a backup of the embedded database, and brings back what was there', async () => {
    const first = await start('npm start');
    await ask('mutation { createClient(input: { phone: "79000000077", timeZone: "UTC" }) { client { id } } }');
    const kept = await countClients();
    await ended(first);
    await project.type(documented('docs/operations.md', 'cp -aL .data'));

    const second = await start('npm start');
    await ask('mutation { createClient(input: { phone: "79000000078", timeZone: "UTC" }) { client { id } } }');
    expect(await countClients()).toBe(kept + 1);
    await ended(second);
    await project.type(documented('docs/operations.md', 'rm -rf .data'));

    const third = await start('npm start');
    expect(await countClients()).toBe(kept);
    await ended(third);
  });

  test('an overlay of your own is a copy of the example, complete when its secrets are', async () => {
    await project.type(documented('docs/operations.md', 'cp -r deploy/kubernetes/overlays/example'));
    const resources = renderKustomization(join(project.path, 'deploy/kubernetes/overlays/mine'));
    expect(resources.filter(({ kind }) => kind === 'Secret').map(({ metadata }) => metadata.name)).toEqual([
      'carillon-api',
      'carillon-worker',
      'carillon-provider',
      'carillon-metrics',
      'carillon-backup',
    ]);
  });

  test('a token is replaced in one step', async () => {
    await project.type(documented('docs/operations.md', 'printf'), { NEW_TOKEN: 'new-token' });
    expect(await readFile(join(project.path, 'provider-token'), 'utf8')).toBe('new-token');
    await expect(access(join(project.path, 'provider-token.new'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

test('webhooks: whoever is named is told, with a secret that was just made', async () => {
  await using receiver = await startWebhookReceiver();
  const service = await start(documented('docs/webhooks.md', 'export WEBHOOK_URL').replace(/https:\/\/\S+/, receiver.url));
  await ask(
    'mutation { createMailing(input: { text: "Hi", startsAt: "2026-01-01T00:00:00Z", endsAt: "2099-01-01T00:00:00Z" }) { mailing { id } } }',
  );
  await eventually(() => receiver.received.some(({ payload }) => payload.type === 'mailing.started'));
  await ended(service);
});

test('logs: one message, mailing, client and request out of the files of several processes', async () => {
  const block = documented('docs/logs.md', 'npm run logs');
  const requestId = /--request (\S+)/.exec(block)?.[1];
  const line = (fields: object): string => `${JSON.stringify({ level: 'info', time: '2026-11-20T10:00:00.000Z', pid: 1, ...fields })}\n`;
  const files = {
    'carillon.log': ['about the message', 'about the client', 'about the request']
      .map((msg, n) => line({ msg, ...[{ messageId: '123' }, { clientId: '42' }, { requestId }][n] }))
      .join(''),
    'api.log': line({ msg: 'by the api', mailingId: '7' }),
    'worker.log.gz': gzipSync(line({ msg: 'by the worker', mailingId: '7' })),
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(project.path, name), content);
  const printed = await project.type(block);
  for (const msg of ['about the message', 'by the api', 'by the worker', 'about the client', 'about the request'])
    expect(printed.split(msg)).toHaveLength(2);
});

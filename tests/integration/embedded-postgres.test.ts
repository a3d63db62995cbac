// The embedded PostgreSQL by itself: each test has a data folder of its own, most of them a process of their own as well.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { postgresProcessesIn, signal } from '../../src/database/embedded/processes.ts';
import { findBlockingFolder } from '../../src/database/embedded/server-owner.ts';
import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts';
import type { EmbeddedPostgres } from '../../src/database/embedded-postgres.ts';
import { makeLog } from '../../src/log.ts';
import { eventually } from '../support/eventually.ts';
import { removeDataDir } from '../support/postgres-server.ts';

const log = makeLog({ level: 'silent', pretty: false });
const program = fileURLToPath(new URL('../support/programs/embedded-service.ts', import.meta.url));
const isRoot = process.getuid?.() === 0;
/** The user `nobody`, who exists everywhere and owns nothing. */
const ordinaryUser = { uid: 65_534, gid: 65_534 };
const ordinaryUserReachesProject = isRoot && (await findBlockingFolder(process.cwd(), ordinaryUser)) === null;

let home: string;
let folder: string;
const running = new Set<EmbeddedPostgres | ChildProcess>();

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'carillon-embedded-'));
  await chmod(home, 0o711);
  folder = join(home, 'data');
});

afterEach(async () => {
  for (const one of running) await ('kill' in one ? killHard(one) : one.stop());
  running.clear();
  await eventually(async () => (await serverProcesses()).length === 0);
  await removeDataDir(folder);
  await removeDataDir(home);
});

test('the first start creates the database and a later one finds it with its data', async () => {
  const first = await start();
  await query(first.url, 'create table kept as select 42 as answer');
  await stop(first);

  const second = await start();
  expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

test('only whoever knows the password of this folder gets in, on loopback and beside port 5432', async () => {
  const { url } = await start();
  const { port, password } = new URL(url);
  expect(port).not.toBe('5432');
  expect(password.length).toBeGreaterThan(30);
  expect((await stat(join(folder, 'postgres-password'))).mode & 0o777).toBe(0o600);
  await expect(query(url.replace(password, 'guess'), 'select 1')).rejects.toMatchObject({ code: '28P01' });
  expect(
    await query(
      url,
      `select name, setting from pg_settings
       where name in ('listen_addresses', 'unix_socket_directories', 'fsync', 'full_page_writes', 'synchronous_commit') order by name`,
    ),
  ).toEqual([
    { name: 'fsync', setting: 'on' },
    { name: 'full_page_writes', setting: 'on' },
    { name: 'listen_addresses', setting: '127.0.0.1' },
    { name: 'synchronous_commit', setting: 'on' },
    { name: 'unix_socket_directories', setting: '' },
  ]);
});

test('a stop shuts the server down cleanly and frees the folder', async () => {
  const postgres = await start();
  await stop(postgres);
  expect(await serverProcesses()).toEqual([]);
  expect(await serverLog()).toMatch(/database system is shut down\n$/);
  await expect(stat(join(folder, 'lock'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a second service on the same folder is refused, naming the process and the folder', async () => {
  const holder = await startProcess();
  await query(holder.url, 'create table untouched ()');
  await expect(start()).rejects.toMatchObject({
    code: 'DATA_DIR_IN_USE',
    message: expect.stringMatching(new RegExp(`${folder} is in use by process ${holder.process.pid}\\b`)),
  });
  expect(await query(holder.url, `select to_regclass('untouched') is not null as there`)).toEqual([{ there: true }]);
});

test('a second start in the same process is refused as well', async () => {
  await start();
  await expect(start()).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
});

test('of several simultaneous first starts exactly one wins', async () => {
  const starts = await Promise.allSettled([start(), start(), start(), start()]);
  expect(starts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('the database of a service that is killed ends by itself, and the next start has all committed data', async () => {
  const victim = await startProcess();
  await query(victim.url, 'create table kept as select 1 as a');
  await killHard(victim.process);
  await eventually(async () => (await serverProcesses()).length === 0);

  const next = await start();
  expect(await query(next.url, 'select a from kept')).toEqual([{ a: 1 }]);
});

test('after kill -9 of service and database the next start recovers', async () => {
  const victim = await startProcess();
  await query(victim.url, 'create table kept as select 1 as a');
  for (const pid of await serverProcesses()) signal(pid, 'SIGKILL');
  await killHard(victim.process);

  const next = await start();
  expect(await query(next.url, 'select a from kept')).toEqual([{ a: 1 }]);
});

test('a server that outlived its killed service is stopped by the next start', async () => {
  const victim = await startProcess();
  await query(victim.url, 'create table kept as select 1 as a');
  const [postmaster] = (await readFile(join(await realpath(join(folder, 'postgres')), 'postmaster.pid'), 'utf8')).split('\n').map(Number);
  // The guardian, and what it left to watch the service.
  const guardian = await parentOf(postmaster ?? 0);
  const children = (await readFile(`/proc/${guardian}/task/${guardian}/children`, 'utf8')).trim().split(' ').map(Number);
  for (const pid of [guardian, ...children.filter((child) => child !== postmaster)]) signal(pid, 'SIGKILL');
  await killHard(victim.process);
  expect(await serverProcesses()).toContain(postmaster);

  const next = await start();
  expect(await serverProcesses()).not.toContain(postmaster);
  expect(await query(next.url, 'select a from kept')).toEqual([{ a: 1 }]);
});

test('lock files whose pid now belongs to another process are stale', async () => {
  await stop(await start());
  const cluster = join(folder, 'postgres');
  const { uid, gid } = await stat(cluster);
  const other = spawn('sleep', ['600'], { uid, gid, detached: true, stdio: 'ignore' });
  running.add(other);
  await writeFile(join(folder, 'lock'), JSON.stringify({ pid: other.pid, birth: 'an earlier process' }));
  await writeFile(join(cluster, 'postmaster.pid'), `${other.pid}\n${cluster}\n0\n5432\n\n127.0.0.1\n\nready   \n`);
  const { url } = await start();
  expect(await query(url, 'select 1 as a')).toEqual([{ a: 1 }]);
});

test('a broken lock file is stale', async () => {
  await mkdir(folder);
  await chmod(folder, 0o711);
  await writeFile(join(folder, 'lock'), '');
  const { url } = await start();
  expect(await query(url, 'select 1 as a')).toEqual([{ a: 1 }]);
});

test('a creation that was interrupted begins again', async () => {
  await mkdir(join(folder, 'postgres.creating', 'base'), { recursive: true });
  await chmod(folder, 0o711);
  await writeFile(join(folder, 'postgres-password'), 'never used');
  const postgres = await start();
  expect(await query(postgres.url, 'select 1 as a')).toEqual([{ a: 1 }]);
});

test('a server that ends by itself comes back at the same address', async () => {
  const { url } = await start();
  const before = await serverProcesses();
  for (const pid of before) signal(pid, 'SIGKILL');
  await eventually(async () => expect(await query(url, 'select 1 as a')).toEqual([{ a: 1 }]));
  expect((await serverProcesses()).filter((pid) => before.includes(pid))).toEqual([]);
});

test('a server that cannot start says why', async () => {
  await stop(await start());
  await writeFile(join(folder, 'postgres', 'PG_VERSION'), '9.6\n');
  await expect(start()).rejects.toMatchObject({ code: 'EMBEDDED_POSTGRES', message: expect.stringContaining('incompatible with server') });
  await expect(stat(join(folder, 'lock'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a data folder that cannot be made is a clear fault', async () => {
  await writeFile(join(home, 'file'), '');
  await expect(startEmbeddedPostgres({ dataDir: join(home, 'file', 'data'), log })).rejects.toMatchObject({
    code: 'EMBEDDED_POSTGRES',
    message: expect.stringContaining('Set DATA_DIR'),
  });
});

test.runIf(isRoot)('under root the server runs as another user, even when that user cannot enter the data folder', async () => {
  await chmod(home, 0o700);
  const first = await start();
  const elsewhere = await realpath(join(folder, 'postgres'));
  expect(elsewhere).toMatch(/^\/var\/lib\/carillon\/\w+\/postgres$/);
  expect((await stat(elsewhere)).uid).not.toBe(0);
  await query(first.url, 'create table kept as select 1 as a');
  await stop(first);

  const second = await start();
  expect(await query(second.url, 'select a from kept')).toEqual([{ a: 1 }]);
});

test.runIf(ordinaryUserReachesProject)('an ordinary user needs no other user and no folder beside the data folder', async () => {
  await chmod(home, 0o777);
  const { url, process: service } = await startProcess(ordinaryUser);
  expect(await query(url, 'select 1 as a')).toEqual([{ a: 1 }]);
  expect((await stat(join(folder, 'postgres'))).uid).toBe(ordinaryUser.uid);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  service.kill('SIGTERM');
  await once(service, 'exit');
  expect(service.exitCode).toBe(0);
});

async function start(): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir: folder, log });
  running.add(postgres);
  return postgres;
}

async function stop(postgres: EmbeddedPostgres): Promise<void> {
  running.delete(postgres);
  await postgres.stop();
}

async function startProcess(user: { uid?: number; gid?: number } = {}): Promise<{ url: string; process: ChildProcess }> {
  const child = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'], detached: true, ...user });
  running.add(child);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const answer = JSON.parse(line) as { url?: string };
  if (answer.url === undefined) throw new Error(line);
  return { url: answer.url, process: child };
}

/** Kills the whole process group, as a terminal or a supervisor does. */
async function killHard(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exit = once(child, 'exit');
  process.kill(-child.pid, 'SIGKILL');
  await exit;
}

async function serverProcesses(): Promise<readonly number[]> {
  const cluster = await realpath(join(folder, 'postgres')).catch(() => null);
  return cluster === null ? [] : await postgresProcessesIn(cluster);
}

async function serverLog(): Promise<string> {
  return await readFile(join(folder, 'postgres.log'), 'utf8');
}

async function parentOf(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ');
  return Number(fields?.[1]);
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(statement)).rows as unknown[];
  } finally {
    await client.end();
  }
}

// PostgreSQL refuses to run as root. Under root it runs as the owner of its files, which is the system user `postgres` for new ones.
import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { CarillonError } from '../../domain/errors.ts';

const run = promisify(execFile);

/** The user to run the server as; null: the user of this process. */
export type ServerOwner = { readonly uid: number; readonly gid: number } | null;

/** Who owns the database files in `cluster`, or shall own them when the folder does not exist yet. */
export async function findServerOwner(cluster: string): Promise<ServerOwner> {
  if (process.getuid?.() !== 0) return null;
  const existing = await stat(cluster).catch(() => null);
  if (existing !== null && existing.uid !== 0) return { uid: existing.uid, gid: existing.gid };
  return (await lookUpUser()) ?? (await createUser());
}

/** The outermost of the folder and its parents that the owner cannot enter; null: it reaches the folder. */
export async function findBlockingFolder(folder: string, owner: ServerOwner): Promise<string | null> {
  const script = 'for folder; do cd -- "$folder" 2>/dev/null || { printf %s "$folder"; exit 0; }; done';
  const { stdout } = await run('/bin/sh', ['-c', script, 'sh', ...pathTo(folder)], { cwd: '/', ...owner });
  return stdout === '' ? null : stdout;
}

function pathTo(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [...pathTo(parent), folder];
}

async function lookUpUser(): Promise<ServerOwner> {
  const ids = await Promise.all(['-u', '-g'].map(async (flag) => await run('id', [flag, 'postgres']).catch(() => null)));
  const [uid, gid] = ids.map((answer) => Number.parseInt(answer?.stdout ?? '', 10));
  return uid === undefined || gid === undefined || Number.isNaN(uid) || Number.isNaN(gid) ? null : { uid, gid };
}

async function createUser(): Promise<ServerOwner> {
  const noLogin = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin'];
  const failures: string[] = [];
  for (const [program, ...args] of [
    ['useradd', ...noLogin, 'postgres'],
    ['adduser', '--system', '--group', '--no-create-home', 'postgres'],
  ] as const) {
    const failure = await run(program, args).then(
      () => null,
      (error: unknown) => String(error),
    );
    const owner = await lookUpUser();
    if (owner !== null) return owner;
    if (failure !== null) failures.push(failure);
  }
  throw new CarillonError(
    'EMBEDDED_POSTGRES',
    `PostgreSQL cannot run as root, and the system user postgres could not be created (${failures.join('; ')}). ` +
      'Create it by hand, start Carillon as an ordinary user, or set DATABASE_URL to an existing database.',
  );
}

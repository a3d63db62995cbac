// Makes the folder with PostgreSQL's files on the first start, and finds it again on every later one.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chmod, constants, chown, lstat, mkdir, readFile, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CarillonError } from '../../domain/errors.ts';
import type { Log } from '../../log.ts';
import type { Binaries } from './binaries.ts';
import { findBlockingFolder } from './server-owner.ts';
import type { ServerOwner } from './server-owner.ts';

const run = promisify(execFile);

/** The bootstrap role, and the database of the service. */
export const roleName = 'carillon';

/** Where the files go when the server's user cannot reach the data folder, e.g. below /root. */
const reachableFolder = '/var/lib/carillon';

export interface Cluster {
  /** The real path of PostgreSQL's files. */
  readonly path: string;
  readonly password: string;
}

/** Finds `<folder>/postgres`, or makes it; the caller holds the folder's lock. */
export async function openCluster(folder: string, binaries: Binaries, owner: ServerOwner, log: Log): Promise<Cluster> {
  const entry = join(folder, 'postgres');
  const passwordFile = join(folder, 'postgres-password');
  if ((await lstat(entry).catch(() => null)) === null) {
    const password = randomBytes(24).toString('base64url');
    await writeFile(passwordFile, password, { mode: 0o600 });
    await createCluster({ folder, entry, password, binaries, owner, log });
  }
  const path = await realpath(entry);
  await refuseBlocked(path, owner);
  const password = await readFile(passwordFile, 'utf8').catch((error: unknown) => {
    throw new CarillonError(
      'EMBEDDED_POSTGRES',
      `${entry} exists, but its password in ${passwordFile} cannot be read (${String(error)}).`,
      {
        cause: error,
      },
    );
  });
  return { path, password: password.trim() };
}

interface NewCluster {
  readonly folder: string;
  readonly entry: string;
  readonly password: string;
  readonly binaries: Binaries;
  readonly owner: ServerOwner;
  readonly log: Log;
}

/** Atomic: the entry appears when the files are complete, so a start that was interrupted here simply begins again. */
async function createCluster({ folder, entry, password, binaries, owner, log }: NewCluster): Promise<void> {
  const blocking = await findBlockingFolder(folder, owner);
  if (blocking === null) {
    const creating = `${entry}.creating`;
    await initialise(creating, password, binaries, owner);
    await rename(creating, entry);
    log.info({ folder: entry }, 'embedded PostgreSQL: database created');
    return;
  }
  const home = join(reachableFolder, randomBytes(6).toString('hex'));
  await mkdir(home, { recursive: true });
  // Whatever the umask says: the server's user passes through both.
  await Promise.all([reachableFolder, home].map(async (passed) => await chmod(passed, 0o711)));
  const path = join(home, 'postgres');
  await initialise(path, password, binaries, owner);
  await symlink(path, entry);
  log.warn(
    { folder: path },
    `embedded PostgreSQL: the system user postgres cannot enter ${blocking}, so the database was created in ${path}`,
  );
}

async function initialise(path: string, password: string, { initdb }: Binaries, owner: ServerOwner): Promise<void> {
  const passwordFile = `${path}.password`;
  await rm(path, { recursive: true, force: true });
  await mkdir(path, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  try {
    if (owner !== null) await Promise.all([path, passwordFile].map(async (file) => await chown(file, owner.uid, owner.gid)));
    // The built-in locale sorts by code point and is the same on every machine.
    const locale = ['--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8', '--encoding', 'UTF8'];
    const access = ['--username', roleName, '--pwfile', passwordFile, '--auth', 'scram-sha-256'];
    const surroundings = { cwd: '/', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' }, ...owner };
    await run(initdb, ['-D', path, '--no-instructions', ...locale, ...access], surroundings);
  } catch (error) {
    throw new CarillonError('EMBEDDED_POSTGRES', `The database could not be created in ${path}: ${String(error)}`, { cause: error });
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function refuseBlocked(path: string, owner: ServerOwner): Promise<void> {
  const blocking = await findBlockingFolder(path, owner);
  if (blocking === null) return;
  throw new CarillonError(
    'EMBEDDED_POSTGRES',
    `PostgreSQL runs as the owner of ${path}, who cannot enter ${blocking}. Allow that (chmod o+x ${blocking}), or set DATA_DIR to another folder.`,
  );
}

/** The data folder: other users may pass through it only when the server is one of them. */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    const created = await mkdir(folder, { recursive: true });
    if (created !== undefined) await chmod(folder, process.getuid?.() === 0 ? 0o711 : 0o700);
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new CarillonError(
      'EMBEDDED_POSTGRES',
      `${folder} cannot be used as data folder (${String(error)}). Set DATA_DIR to another one.`,
      {
        cause: error,
      },
    );
  }
}

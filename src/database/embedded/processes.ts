// Asks the operating system about other processes: who is still alive, and who works in a folder.
import { execFile } from 'node:child_process';
import { readFile, readdir, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * What tells this process from a later one with the same pid: the boot and the start time within it.
 * null: there is no such process, or only its zombie.
 */
export async function birthOf(pid: number): Promise<string | null> {
  if (process.platform !== 'linux') return await birthByPs(pid);
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  // The second field is the program's name in brackets and may hold anything; the third is the state, the 22nd the start in clock ticks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  if (state === 'Z' || state === 'X') return null;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return `${boot.trim()}/${fields[19] ?? ''}`;
}

/** Live PostgreSQL processes, postmaster and backends, whose working directory is the folder. Empty where /proc is missing. */
export async function postgresProcessesIn(folder: string): Promise<readonly number[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const [workingDirectory, program] = await Promise.all([
        readlink(`/proc/${pid}/cwd`).catch(() => null),
        readFile(`/proc/${pid}/comm`, 'utf8').catch(() => null),
      ]);
      return workingDirectory === folder && program?.trim() === 'postgres' ? pid : null;
    }),
  );
  return found.filter((pid) => pid !== null);
}

/** Sends a signal; a process that is already gone is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function birthByPs(pid: number): Promise<string | null> {
  const { stdout } = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  const text = stdout.trim();
  return text === '' || text.startsWith('Z') ? null : text.replace(/^\S+\s+/, '');
}

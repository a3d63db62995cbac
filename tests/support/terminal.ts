// The project as somebody has it who has just installed it, and a terminal in it: blocks of commands are run by a shell as they stand.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.ts';
import { removeDataDir } from './postgres-server.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const settings = ['package.json', 'package-lock.json', '.npmrc', 'tsconfig.json', 'tsconfig.build.json', 'schema.graphql'];
const folders = ['src', 'web', 'migrations', 'examples', 'scripts', 'deploy'];

export interface Project extends AsyncDisposable {
  readonly path: string;
  /** Runs a block to its end. Throws with all it printed when it fails. */
  type(block: string, env?: Readonly<Record<string, string>>): Promise<string>;
  /** Starts a block that goes on, and waits until it has printed `sign`. */
  start(block: string, env: Readonly<Record<string, string>>, sign: string): Promise<Running>;
}

export interface Running {
  readonly printed: () => string;
  /** Ctrl+C: every process of the terminal gets the signal. The exit code, or the signal's name. */
  interrupt(): Promise<number | string>;
}

/** A copy without dist/ and data, with the libraries of this one. Disposing kills what is still running in its terminals. */
export async function copyProject(): Promise<Project> {
  const path = await mkdtemp(join(tmpdir(), 'carillon-project-'));
  // mkdtemp makes it for its owner only; under root the embedded server is another user.
  await chmod(path, 0o711);
  for (const name of [...settings, ...folders].filter((one) => existsSync(join(root, one))))
    await cp(join(root, name), join(path, name), { recursive: true });
  await symlink(join(root, 'node_modules'), join(path, 'node_modules'));
  const running = new Set<ChildProcess>();

  const open = (block: string, env: Readonly<Record<string, string>>): { child: ChildProcess; printed: () => string } => {
    const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', block], {
      cwd: path,
      env: { PATH: process.env['PATH'] ?? '', HOME: path, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    running.add(child);
    return { child, printed: () => printed };
  };

  return {
    path,
    async type(block, env = {}) {
      const { child, printed } = open(block, env);
      const code = await whenEnded(child);
      if (code !== 0) throw new Error(`${block}\nended with ${code}:\n${printed()}`);
      return printed();
    },
    async start(block, env, sign) {
      const { child, printed } = open(block, env);
      await eventually(
        () => {
          if (child.exitCode !== null) throw new Error(`${block}\nended with ${child.exitCode}:\n${printed()}`);
          return printed().includes(sign);
        },
        { timeoutMs: 150_000, everyMs: 100 },
      );
      const interrupt = async (): Promise<number | string> => {
        signalAll(child, 'SIGINT');
        return whenEnded(child);
      };
      return { printed, interrupt };
    },
    async [Symbol.asyncDispose]() {
      for (const child of running) {
        signalAll(child, 'SIGKILL');
        await whenEnded(child);
      }
      await removeDataDir(join(path, '.data'));
      await eventually(async () => {
        await removeDataDir(path);
        return true;
      });
    },
  };
}

/** The shell leads a group of its own, as in a terminal. */
function signalAll(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  process.kill(-child.pid, signal);
}

async function whenEnded(child: ChildProcess): Promise<number | string> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? child.signalCode ?? 'unknown';
}

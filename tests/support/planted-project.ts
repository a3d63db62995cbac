// A small project beside the real one, with the same rules and libraries and other files: a check is proven on what is planted there.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

export const project = fileURLToPath(new URL('../../', import.meta.url));

export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Call at the top of a file: what it returns plants `files` (path to text) over copies of `copied`, and answers the folder. */
export function usePlantedProjects(copied: readonly string[]): (files: Readonly<Record<string, string>>) => Promise<string> {
  const folders: string[] = [];
  afterAll(async () => await Promise.all(folders.map(async (folder) => await rm(folder, { recursive: true }))));
  return async (files) => {
    const folder = await mkdtemp(join(tmpdir(), 'carillon-rules-'));
    folders.push(folder);
    for (const path of copied) await cp(join(project, path), join(folder, path), { recursive: true });
    await symlink(join(project, 'node_modules'), join(folder, 'node_modules'));
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    return folder;
  };
}

/** `env`: all that the program gets beside PATH; this process's own unless given. */
export async function run(cwd: string, program: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Run> {
  return await new Promise((resolve) => {
    const surroundings = env === undefined ? {} : { env: { PATH: process.env['PATH'] ?? '', ...env } };
    execFile(program, args, { cwd, maxBuffer: 64 * 1024 * 1024, ...surroundings }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

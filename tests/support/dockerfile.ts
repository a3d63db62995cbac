// deploy/Dockerfile as Docker reads it, and the folder that its last stage makes, built here as the instructions say.
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DockerfileParser } from 'dockerfile-ast';
import type { Copy, Dockerfile } from 'dockerfile-ast';

const root = fileURLToPath(new URL('../../', import.meta.url));

export const dockerfileText = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8');

/** The words of the last instruction of a kind, when it is in JSON form; null: there is none, or it is in shell form. */
export function execForm(text: string, kind: 'CMD' | 'HEALTHCHECK'): readonly string[] | null {
  const instructions = DockerfileParser.parse(text).getInstructions();
  const last = instructions.findLast((instruction) => instruction.getKeyword() === kind)?.getArgumentsContent() ?? '';
  const json = /\[.*\]$/s.exec(last)?.[0];
  return json === undefined ? null : (JSON.parse(json) as string[]);
}

/** Everything that COPY takes from the project's folder (not from another stage). */
export function copiedSources(dockerfile: Dockerfile): readonly string[] {
  return dockerfile
    .getCOPYs()
    .filter((copy) => fromStage(copy) === null)
    .flatMap((copy) => wordsOf(copy).slice(0, -1));
}

export function fromStage(copy: Copy): string | null {
  return copy.getFromFlag()?.getValue() ?? null;
}

export function wordsOf(copy: Copy): readonly string[] {
  return copy.getArguments().map((argument) => argument.getValue());
}

export interface ImageFolder extends AsyncDisposable {
  readonly path: string;
}

/** What the image has in /app: libraries without those for development, the built program, and the few files that COPY names. */
export async function makeImageFolder(): Promise<ImageFolder> {
  const path = await mkdtemp(join(tmpdir(), 'carillon-image-'));
  for (const copy of lastStage(DockerfileParser.parse(dockerfileText))) {
    const words = wordsOf(copy);
    const to = words.at(-1) ?? '';
    for (const source of words.slice(0, -1)) {
      const target = join(path, to.endsWith('/') ? join(to, basename(source)) : to);
      if (fromStage(copy) === 'libraries') await copyProductionLibraries(target);
      else await cp(join(root, source.replace(/^\/app\//, '')), target, { recursive: true });
    }
  }
  return { path, [Symbol.asyncDispose]: async () => await rm(path, { recursive: true }) };
}

function lastStage(dockerfile: Dockerfile): readonly Copy[] {
  const begins = dockerfile.getFROMs().at(-1)?.getRange()?.start.line ?? 0;
  return dockerfile.getCOPYs().filter((copy) => (copy.getRange()?.start.line ?? 0) > begins);
}

/** What `npm ci --omit=dev --omit=optional` installs: the lock file marks everything else. */
async function copyProductionLibraries(target: string): Promise<void> {
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: true; readonly optional?: true; readonly devOptional?: true }>>;
  };
  const installed = Object.entries(packages).filter(([, { dev, optional, devOptional }]) => !(dev ?? optional ?? devOptional));
  // What lies inside of a library's own node_modules comes along with it.
  for (const [path] of installed) {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1];
    if (name !== undefined) cpSync(join(root, path), join(target, name), { recursive: true });
  }
}

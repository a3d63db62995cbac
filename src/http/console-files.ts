// The console as it was built, read once: a megabyte with its compressed copies. Scripts and styles have their hash in their name.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import type { StoredContent } from './stored-content.ts';

export interface ConsoleFiles {
  /** The page of every address, with a placeholder in the place of its nonce. */
  readonly page: string;
  /** By their path on the port, such as /assets/index-4f2a.js. */
  readonly files: ReadonlyMap<string, StoredContent>;
}

const contentTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** null: there is no console in the folder. Files of other types than those of a page, such as the list of its documents, are left out. */
export async function readConsoleFiles(folder: string): Promise<ConsoleFiles | null> {
  const page = await readIfThere(join(folder, 'index.html'));
  if (page === null) return null;
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const served = paths.filter((path) => contentTypes[extname(path)] !== undefined);
  const files = await Promise.all(
    served.map(async (path) => [`/${relative(folder, path).split(sep).join('/')}`, await readContent(path)] as const),
  );
  return { page: page.toString(), files: new Map(files) };
}

async function readContent(path: string): Promise<StoredContent> {
  const [plain, brotli, gzip] = await Promise.all([readFile(path), readIfThere(`${path}.br`), readIfThere(`${path}.gz`)]);
  return {
    contentType: contentTypes[extname(path)] ?? 'application/octet-stream',
    hash: createHash('sha256').update(plain).digest('base64url').slice(0, 22),
    brotli,
    gzip,
    plain,
  };
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

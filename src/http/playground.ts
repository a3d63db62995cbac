// The playground: GraphiQL as one self-contained page that loads nothing from the network, with the walk-through as its tabs.
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { gunzip } from 'node:zlib';
import type { Exchange } from './exchange.ts';
import type { PlaygroundPage, PlaygroundPageInput } from './playground-page.ts';
import { sendStored } from './stored-content.ts';
import type { StoredContent } from './stored-content.ts';

/**
 * `operationsFolder`: its .graphql files become the tabs, in the order of their names. The page (9 MB, 2 MB on the wire) is made at
 * the first request, in about a second and off the main thread, and kept compressed; a process that nobody browses never pays for it.
 */
export function makeServePlayground({ operationsFolder }: { readonly operationsFolder: string }): (exchange: Exchange) => Promise<void> {
  let page: Promise<PlaygroundPage> | null = null;

  return async (exchange) => {
    page ??= renderPage(operationsFolder);
    const ready = await page.catch((error: unknown) => {
      page = null;
      throw error;
    });
    exchange.response.setHeader('content-security-policy', ready.contentSecurityPolicy);
    await sendStored(exchange, toContent(ready), 'no-cache');
  };
}

/** Hardly anybody asks for it uncompressed: not worth 9 MB of memory. */
function toContent({ hash, brotli, gzip }: PlaygroundPage): StoredContent {
  return { contentType: 'text/html; charset=utf-8', hash, brotli, gzip, plain: async () => promisify(gunzip)(gzip) };
}

async function renderPage(operationsFolder: string): Promise<PlaygroundPage> {
  const input: PlaygroundPageInput = { tabs: await readOperations(operationsFolder) };
  // The same folder and extension as this file, compiled or not.
  const worker = new Worker(new URL(import.meta.url.replace(/playground(\.[jt]s)$/, 'playground-page$1')), { workerData: input });
  const [page]: PlaygroundPage[] = await once(worker, 'message');
  if (page === undefined) throw new Error('the playground was not rendered');
  return page;
}

async function readOperations(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.graphql')).toSorted();
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
}

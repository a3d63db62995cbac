// The playground: GraphiQL as one self-contained page that loads nothing from the network, with the walk-through as its tabs.
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { gunzip } from 'node:zlib';
import type { Exchange } from './exchange.ts';
import type { PlaygroundPage, PlaygroundPageInput } from './playground-page.ts';

type Encoding = 'br' | 'gzip' | 'identity';

/**
 * `operationsFolder`: its .graphql files become the tabs, in the order of their names. The page (9 MB, 2 MB on the wire) is made at
 * the first request, in about a second and off the main thread, and kept compressed; a process that nobody browses never pays for it.
 */
export function makeServePlayground({ operationsFolder }: { readonly operationsFolder: string }): (exchange: Exchange) => Promise<void> {
  let page: Promise<PlaygroundPage> | null = null;

  return async ({ request, response }) => {
    page ??= renderPage(operationsFolder);
    const ready = await page.catch((error: unknown) => {
      page = null;
      throw error;
    });
    const encoding = chooseEncoding(request);
    const etag = `"${ready.hash}-${encoding}"`;
    response.setHeader('etag', etag);
    response.setHeader('cache-control', 'no-cache');
    response.appendHeader('vary', 'accept-encoding');
    response.setHeader('content-security-policy', ready.contentSecurityPolicy);
    if (isKnown(request, etag)) {
      response.writeHead(304).end();
      return;
    }
    if (encoding !== 'identity') response.setHeader('content-encoding', encoding);
    const body = await bodyIn(ready, encoding);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': body.length }).end(body);
  };
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

function chooseEncoding({ headers }: IncomingMessage): Encoding {
  const accepted = String(headers['accept-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .filter((entry) => !/;\s*q=0(\.0*)?\s*$/.test(entry))
    .map((entry) => entry.split(';', 1)[0]?.trim());
  if (accepted.includes('br')) return 'br';
  return accepted.includes('gzip') ? 'gzip' : 'identity';
}

/** Weak or strong, the page is the same. */
function isKnown({ headers }: IncomingMessage, etag: string): boolean {
  const known = (headers['if-none-match'] ?? '').split(',').map((entry) => entry.trim().replace(/^W\//, ''));
  return known.includes(etag) || known.includes('*');
}

/** Hardly anybody asks for it uncompressed: not worth 9 MB of memory. */
async function bodyIn(page: PlaygroundPage, encoding: Encoding): Promise<Uint8Array> {
  if (encoding === 'br') return page.brotli;
  return encoding === 'gzip' ? page.gzip : promisify(gunzip)(page.gzip);
}

// Content that is kept ready in several encodings: sent in the best one that the client takes, and not again to one that has it.
import type { IncomingMessage } from 'node:http';
import type { Exchange } from './exchange.ts';

export interface StoredContent {
  readonly contentType: string;
  /** Of the content, for an ETag. */
  readonly hash: string;
  /** null: not kept in this encoding. */
  readonly brotli: Uint8Array | null;
  readonly gzip: Uint8Array | null;
  /** A function where hardly anybody asks for it. */
  readonly plain: Uint8Array | (() => Promise<Uint8Array>);
}

export async function sendStored({ request, response }: Exchange, content: StoredContent, cacheControl: string): Promise<void> {
  const { encoding, body } = choose(request, content);
  const etag = `"${content.hash}-${encoding}"`;
  response.setHeader('etag', etag);
  response.setHeader('cache-control', cacheControl);
  response.appendHeader('vary', 'accept-encoding');
  if (isKnown(request, etag)) {
    response.writeHead(304).end();
    return;
  }
  if (encoding !== 'identity') response.setHeader('content-encoding', encoding);
  const bytes = typeof body === 'function' ? await body() : body;
  response.writeHead(200, { 'content-type': content.contentType, 'content-length': bytes.length }).end(bytes);
}

function choose(
  { headers }: IncomingMessage,
  { brotli, gzip, plain }: StoredContent,
): { readonly encoding: 'br' | 'gzip' | 'identity'; readonly body: StoredContent['plain'] } {
  const accepted = String(headers['accept-encoding'] ?? '')
    .toLowerCase()
    .split(',')
    .filter((entry) => !/;\s*q=0(\.0*)?\s*$/.test(entry))
    .map((entry) => entry.split(';', 1)[0]?.trim());
  if (brotli !== null && accepted.includes('br')) return { encoding: 'br', body: brotli };
  if (gzip !== null && accepted.includes('gzip')) return { encoding: 'gzip', body: gzip };
  return { encoding: 'identity', body: plain };
}

/** Whether the client has what the ETag names. Weak or strong, the content is the same. */
export function isKnown({ headers }: IncomingMessage, etag: string): boolean {
  const strong = (tag: string): string => tag.trim().replace(/^W\//, '');
  const known = (headers['if-none-match'] ?? '').split(',').map(strong);
  return known.includes(strong(etag)) || known.includes('*');
}

// Runs as a worker thread and ends with its one message: the GraphiQL bundle is a 9 MB module that would cost the service 120 MB for
// good, of which the compressed page is 4.
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';

export interface PlaygroundPageInput {
  /** Operations that stand ready as tabs, in order. */
  readonly tabs: readonly string[];
}

export interface PlaygroundPage {
  readonly brotli: Uint8Array;
  readonly gzip: Uint8Array;
  /** Of the content, for an ETag. */
  readonly hash: string;
  readonly contentSecurityPolicy: string;
}

function renderPage({ tabs }: PlaygroundPageInput): PlaygroundPage {
  const html = withTokens(
    renderGraphiQL({
      title: 'Carillon playground',
      subscriptionsProtocol: 'WS',
      defaultTabs: tabs.map((query) => ({ query })),
      // A token that stays in a browser is there for whoever uses it next.
      shouldPersistHeaders: false,
    }),
  );
  const plain = Buffer.from(html);
  return {
    brotli: brotliCompressSync(plain, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 6, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length },
    }),
    gzip: gzipSync(plain),
    hash: sha256(plain, 'base64url').slice(0, 22),
    contentSecurityPolicy: policyFor(html),
  };
}

/** Where GraphiQL makes a request: the document, and what stands below it in the tab Headers. */
const requestInPage = /\{document:(\w+),operationName:[^{}]*?,extensions:\{headers:(\w+)\?\.headers\}\}/g;

/**
 * The library sends headers with HTTP requests alone, and keeps them apart for each tab. Here they are also a subscription's
 * connectionParams, and what one tab says counts in those that say nothing, so that a token is pasted once.
 */
function withTokens(html: string): string {
  const places = [...html.matchAll(requestInPage)];
  const [place] = places;
  if (place === undefined || places.length > 1) throw new Error('the library makes its requests in another way: look at withTokens');
  const [request, document, options] = place;
  const given = `(Object.keys(${options}?.headers??{}).length>0?${options}.headers:globalThis.tokenHeaders)`;
  const isSubscription = `${document}.definitions.some(({operation})=>operation==="subscription")`;
  const extensions = `(headers=>({headers,...(${isSubscription}&&{connectionParams:headers})}))(globalThis.tokenHeaders=${given})`;
  return html.replace(request, () => request.replace(/extensions:.*$/, () => `extensions:${extensions}}`));
}

/**
 * Only the page's own script runs, its workers are blobs it makes itself, and it talks to nobody but this server. Styles cannot be named
 * by hash or nonce: the editor writes style elements while it runs.
 */
function policyFor(html: string): string {
  const script = html.slice(html.indexOf('<script>') + '<script>'.length, html.lastIndexOf('</script>'));
  return [
    "default-src 'none'",
    `script-src 'sha256-${sha256(script, 'base64')}' blob:`,
    'worker-src blob:',
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    'font-src data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function sha256(content: string | Buffer, encoding: 'base64' | 'base64url'): string {
  return createHash('sha256').update(content).digest(encoding);
}

// Only ./playground.ts starts it, with this input.
const input: PlaygroundPageInput = workerData;
parentPort?.postMessage(renderPage(input));

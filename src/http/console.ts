// The operators' console: its files, the page that stands at each of its addresses, and what the page has to know of the service.
import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ConsoleFiles } from './console-files.ts';
import type { Exchange, Route } from './exchange.ts';
import { sendError, sendJson } from './exchange.ts';
import { isKnown, sendStored } from './stored-content.ts';

/** What the page reads at GET /console/settings.json before anybody has signed in. */
export interface ConsoleSettings {
  readonly auth: 'none' | 'jwt';
  readonly oidc: { readonly issuer: string; readonly clientId: string } | null;
}

export interface ConsoleOptions {
  /** null: it was not built. */
  readonly files: ConsoleFiles | null;
  readonly settings: ConsoleSettings;
  /** Origins beside our own that the page has to reach. */
  readonly connectOrigins: () => Promise<readonly string[]>;
}

export interface Console {
  readonly routes: readonly Route[];
  /** For every GET of a page that no route answers: the page itself finds out what stands at its address. */
  readonly servePage: (exchange: Exchange) => Promise<void>;
}

/** As web/vite.config.ts has it written where a nonce belongs. */
const noncePlaceholder = '__CSP_NONCE__';
const assets = '/assets/';
const forever = 'public, max-age=31536000, immutable';

export function makeConsole({ files, settings, connectOrigins }: ConsoleOptions): Console {
  const servePage = async (exchange: Exchange): Promise<void> => {
    const { request, response, path } = exchange;
    // A page of an older build asks for a script that is gone: no page can stand in its place.
    if (path.startsWith(assets)) return sendError(exchange, 404, 'NOT_FOUND', 'There is nothing at this path.');
    if (files === null) {
      return sendError(exchange, 503, 'CONSOLE_NOT_BUILT', 'The console is not built: run npm run build and start the service again.');
    }
    const policy = policyFor(ownSockets(request), await connectOrigins());
    // Weak: two answers differ in their nonce. The policy belongs to the content.
    const etag = `W/"${hash(files.page + policy)}"`;
    response.setHeader('etag', etag);
    // For this browser alone: nobody else may learn its nonce.
    response.setHeader('cache-control', 'private, no-cache');
    if (isKnown(request, etag)) {
      // With the page, the browser has kept the policy that has the page's nonce.
      response.removeHeader('content-security-policy');
      response.writeHead(304).end();
      return;
    }
    const nonce = randomBytes(16).toString('base64url');
    const page = Buffer.from(files.page.replaceAll(noncePlaceholder, nonce));
    response.setHeader('content-security-policy', policy.replace(noncePlaceholder, nonce));
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': page.length }).end(page);
  };

  return {
    routes: [
      { path: '/', methods: ['GET'], handle: servePage },
      {
        path: '/console/settings.json',
        methods: ['GET'],
        handle: ({ response }) => {
          response.setHeader('cache-control', 'no-store');
          sendJson(response, 200, settings);
        },
      },
      ...[...(files?.files ?? [])].map(([path, content]): Route => ({
        path,
        methods: ['GET'],
        handle: async (exchange) => sendStored(exchange, content, path.startsWith(assets) ? forever : 'no-cache'),
      })),
    ],
    servePage,
  };
}

/**
 * Only the console's own scripts run, and it talks to nobody but this server and who signs people in. Styles need the page's nonce: the
 * component library writes style elements while it runs.
 */
function policyFor(sockets: readonly string[], origins: readonly string[]): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${noncePlaceholder}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    ["connect-src 'self'", ...sockets, ...origins].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Not every browser takes 'self' for the WebSockets of the same host. */
function ownSockets({ headers: { host = '' } }: IncomingMessage): readonly string[] {
  return /^[\w.-]+(:\d+)?$|^\[[\da-f:]+\](:\d+)?$/i.test(host) ? [`ws://${host}`, `wss://${host}`] : [];
}

function hash(content: string): string {
  return createHash('sha256').update(content).digest('base64url').slice(0, 22);
}

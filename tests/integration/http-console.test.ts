// The console as browsers get it: its files, its page at every address, what it may load and reach. What it does in them: tests/console/.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeConsole } from '../../src/http/console.ts';
import { readConsoleFiles } from '../../src/http/console-files.ts';
import { startTinyApi } from '../support/tiny-api.ts';
import type { TinyApi } from '../support/tiny-api.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
const script = `console.log(${JSON.stringify('a script '.repeat(500))})`;
const page = '<meta property="csp-nonce" nonce="__CSP_NONCE__"><script src="/assets/index-1a.js" nonce="__CSP_NONCE__"></script>';
const settings = {
  auth: 'jwt',
  oidc: { issuer: 'https://id.example/realm', clientId: 'carillon', scope: 'openid', parameters: {} },
} as const;

/** With a route of another method, as the import has one. */
async function startWithConsole(folder: string, origins: readonly string[] = ['https://id.example']): Promise<TinyApi> {
  const { routes, servePage } = makeConsole({ files: await readConsoleFiles(folder), settings, connectOrigins: async () => origins });
  return startTinyApi({
    routes: [...routes, { path: '/clients/import', methods: ['POST'], handle: ({ response }) => void response.end() }],
    servePage,
  });
}

let folder: string;
let api: TinyApi;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'console-'));
  await mkdir(join(folder, 'assets'));
  await Promise.all([
    writeFile(join(folder, 'index.html'), page),
    writeFile(join(folder, 'icon.svg'), '<svg/>'),
    writeFile(join(folder, 'documents.json'), '{}'),
    writeFile(join(folder, 'assets/index-1a.js'), script),
    writeFile(join(folder, 'assets/index-1a.js.br'), brotliCompressSync(script)),
    writeFile(join(folder, 'assets/index-1a.js.gz'), gzipSync(script)),
    writeFile(join(folder, 'assets/small-2b.css'), 'a{}'),
  ]);
  api = await startWithConsole(folder);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Without fetch's own decompression. */
const open = async (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET', url = api.url) => {
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    get(`${url}${path}`, { method, headers: { accept: BROWSER, ...headers } }, resolve).on('error', reject),
  );
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
};

describe('a script or style', () => {
  test('comes as it was compressed at build time, in the best encoding that the browser takes', async () => {
    const brotli = await open('/assets/index-1a.js', { 'accept-encoding': 'gzip, deflate, br, zstd' });
    const gzip = await open('/assets/index-1a.js', { 'accept-encoding': 'gzip, br;q=0' });
    const plain = await open('/assets/index-1a.js');

    expect([brotli, gzip, plain].map(({ status, headers }) => [status, headers['content-encoding'], headers['content-type']])).toEqual([
      [200, 'br', 'text/javascript; charset=utf-8'],
      [200, 'gzip', 'text/javascript; charset=utf-8'],
      [200, undefined, 'text/javascript; charset=utf-8'],
    ]);
    expect([brotliDecompressSync(brotli.body), gunzipSync(gzip.body), plain.body].map((body) => body.toString())).toEqual([
      script,
      script,
      script,
    ]);
    expect(brotli.headers.vary).toContain('accept-encoding');
    expect(Number(brotli.headers['content-length'])).toBe(brotli.body.length);
  });

  test('comes as it is when it was not worth compressing', async () => {
    const { status, headers, body } = await open('/assets/small-2b.css', { 'accept-encoding': 'gzip, br' });
    expect([status, headers['content-encoding'], headers['content-type'], String(body)]).toEqual([
      200,
      undefined,
      'text/css; charset=utf-8',
      'a{}',
    ]);
  });

  test('is kept by the browser for good when its name has its hash, and asked for again when not', async () => {
    expect((await open('/assets/index-1a.js')).headers['cache-control']).toBe('public, max-age=31536000, immutable');
    const icon = await open('/icon.svg');
    expect([icon.headers['cache-control'], icon.headers['content-type']]).toEqual(['no-cache', 'image/svg+xml']);
    const again = await open('/icon.svg', { 'if-none-match': icon.headers.etag ?? '' });
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  test('has a head of its own', async () => {
    const { status, headers, body } = await open('/assets/index-1a.js', { 'accept-encoding': 'br' }, 'HEAD');
    expect([status, headers['content-encoding'], body.length]).toEqual([200, 'br', 0]);
    expect(Number(headers['content-length'])).toBe(brotliCompressSync(script).length);
  });

  test('that is not there, or not to be had, is answered 404 even to somebody who would take a page', async () => {
    for (const path of ['/assets/index-0.js', '/assets/', '/assets/index-1a.js.br']) {
      expect([path, (await open(path)).status]).toEqual([path, 404]);
    }
    for (const path of ['/documents.json', '/index.html']) expect((await open(path, { accept: '*/*' })).status).toBe(404);
    expect((await open('/documents.json')).body.toString()).toContain('csp-nonce');
  });
});

describe('the page', () => {
  test('stands at every address of the console, and at those that may come', async () => {
    const paths = ['/', '/mailings', '/mailings/7', '/mailings/7/edit', '/clients/5', '/import', '/sign-in?code=a&state=b', '/nowhere'];
    for (const path of paths) {
      const { status, headers, body } = await open(path);
      expect([path, status, headers['content-type']]).toEqual([path, 200, 'text/html; charset=utf-8']);
      expect(body.toString()).toContain('/assets/index-1a.js');
    }
    const head = await open('/mailings', {}, 'HEAD');
    expect([head.status, head.body.length]).toEqual([200, 0]);
    expect((await open('/', { accept: '*/*' })).status).toBe(200);
  });

  test('takes the place of nothing that was there: other routes, other methods, callers that want no page', async () => {
    expect((await open('/healthz')).headers['content-type']).toContain('application/json');
    expect((await open('/graphql')).headers['content-security-policy']).toContain('sha256-');
    expect((await open('/clients/import')).status).toBe(405);
    for (const accept of ['*/*', 'application/json', 'application/json, text/html;q=0.5']) {
      const answer = await open('/mailings', { accept });
      expect([accept, answer.status, answer.headers['content-type']]).toEqual([accept, 404, 'application/json; charset=utf-8']);
      expect(answer.headers.vary).toContain('accept');
    }
    expect((await open('/mailings', {}, 'POST')).status).toBe(404);
    expect((await open('/', {}, 'POST')).status).toBe(405);
  });

  test('is not sent again to a browser that has it, which keeps the policy it came with', async () => {
    const first = await open('/');
    const again = await open('/mailings', { 'if-none-match': first.headers.etag ?? '' });
    expect([first.headers['cache-control'], again.status, again.body.length]).toEqual(['private, no-cache', 304, 0]);
    expect(again.headers['content-security-policy']).toBeUndefined();
  });

  test('may run only scripts of the console, and writes styles only with a nonce that no other answer has', async () => {
    const answers = [await open('/'), await open('/')];
    const nonces = answers.map(({ headers, body }) => {
      const policy = String(headers['content-security-policy']);
      expect(policy).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[\w-]{22}'; /);
      expect(policy).not.toMatch(/unsafe|\*|__/);
      const [, nonce = ''] = /'nonce-([^']+)'/.exec(policy) ?? [];
      expect(body.toString()).toBe(page.replaceAll('__CSP_NONCE__', nonce));
      return nonce;
    });
    expect(new Set(nonces).size).toBe(2);
  });

  test('may reach this server, its WebSockets and who signs people in, and nobody else', async () => {
    const { headers } = await open('/', { host: 'carillon.example:8080' });
    expect(headers['content-security-policy']).toContain(
      "connect-src 'self' ws://carillon.example:8080 wss://carillon.example:8080 https://id.example;",
    );
    const strange = await open('/', { host: "a 'unsafe-inline'; script-src *" });
    expect(strange.headers['content-security-policy']).toContain("connect-src 'self' https://id.example;");
  });

  test('is another one for the browser when its policy changes', async () => {
    await using other = await startWithConsole(folder, ['https://other.example']);
    const first = await open('/', { host: 'carillon.example' });
    const again = await open('/', { host: 'carillon.example', 'if-none-match': first.headers.etag ?? '' }, 'GET', other.url);
    expect(again.status).toBe(200);
  });

  test('reads how to sign in before anybody has, and no cache keeps it', async () => {
    const { headers, body } = await open('/console/settings.json', { accept: 'application/json' });
    expect(headers['cache-control']).toBe('no-store');
    expect(JSON.parse(body.toString())).toEqual(settings);
  });
});

test('where the console is not built, its addresses say so and everything else works', async () => {
  await using other = await startWithConsole(join(folder, 'nowhere'));
  for (const path of ['/', '/mailings/7']) {
    const { status, body } = await open(path, {}, 'GET', other.url);
    expect([status, JSON.parse(body.toString())]).toMatchObject([503, { errors: [{ extensions: { code: 'CONSOLE_NOT_BUILT' } }] }]);
  }
  expect((await open('/nowhere', { accept: '*/*' }, 'GET', other.url)).status).toBe(404);
  expect((await open('/healthz', {}, 'GET', other.url)).status).toBe(200);
});

describe('the console as it is built', () => {
  const built = async () => {
    const found = await readConsoleFiles(fileURLToPath(new URL('../../dist/console', import.meta.url)));
    if (found === null) throw new Error('dist/console is missing: npm run build');
    return found;
  };

  test('loads only what the service has, and has its scripts and styles compressed', async () => {
    const { page: html, files } = await built();
    const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
    expect(loaded.length).toBeGreaterThan(2);
    for (const path of loaded) expect([path, files.has(path)]).toEqual([path, true]);
    for (const [path, { plain, brotli, gzip }] of files) {
      if (typeof plain === 'function' || plain.length < 1_024) continue;
      if (brotli === null || gzip === null) throw new Error(`${path} is not compressed`);
      expect(brotliDecompressSync(brotli).equals(plain) && gunzipSync(gzip).equals(plain)).toBe(true);
    }
  });

  test('has a place for the nonce and no script in the page itself', async () => {
    const { page: html } = await built();
    expect(html).toContain('<meta property="csp-nonce" nonce="__CSP_NONCE__">');
    // A style of the page has the nonce, too.
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style(?! nonce="__CSP_NONCE__">)|\son\w+=|style="/);
  });
});

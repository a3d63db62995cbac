// The playground as a browser gets it. That it works in one was tried by hand; here stands what can break unseen.
import { readFile, readdir } from 'node:fs/promises';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { buildSchema, parse, specifiedRules, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeValidationRules, parseOptions } from '../../src/graphql/limits.ts';
import { startTinyApi } from '../support/tiny-api.ts';
import type { TinyApi } from '../support/tiny-api.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';
const operations = new URL('../../examples/operations/', import.meta.url);

let api: TinyApi;
beforeAll(async () => {
  api = await startTinyApi();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

/** Without fetch's own decompression. */
const open = async (path: string, headers: Record<string, string>, method = 'GET') => {
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    get(`${api.url}${path}`, { method, headers: { accept: BROWSER, ...headers } }, resolve).on('error', reject),
  );
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
};

describe('the page', () => {
  test('is the same in every encoding that a client may take', async () => {
    const brotli = await open('/graphql', { 'accept-encoding': 'gzip, deflate, br, zstd' });
    const gzip = await open('/graphql', { 'accept-encoding': 'gzip, br;q=0' });
    const plain = await open('/graphql', {});

    expect([brotli, gzip, plain].map(({ status, headers }) => [status, headers['content-encoding']])).toEqual([
      [200, 'br'],
      [200, 'gzip'],
      [200, undefined],
    ]);
    expect(plain.body.toString()).toMatch(/^\s*<!doctype html>/i);
    expect(brotliDecompressSync(brotli.body).equals(plain.body)).toBe(true);
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
    expect(brotli.body.length).toBeLessThan(3 * 1024 * 1024);
    expect(new Set([brotli, gzip, plain].map(({ headers }) => headers.etag)).size).toBe(3);
  });

  test('is not sent again to a browser that has it', async () => {
    const first = await open('/graphql', { 'accept-encoding': 'br' });
    const again = await open('/graphql', { 'accept-encoding': 'br', 'if-none-match': `"other", W/${first.headers.etag}` });
    const other = await open('/graphql', { 'accept-encoding': 'gzip', 'if-none-match': first.headers.etag ?? '' });
    expect([again.status, again.body.length, other.status]).toEqual([304, 0, 200]);
  });

  test('gives the token of its tab Headers to subscriptions too, and keeps it nowhere', async () => {
    const html = (await open('/graphql', {})).body.toString();
    expect(html).toMatch(/operation==="subscription"\)&&\{connectionParams:headers\}/);
    expect(html).toContain('"shouldPersistHeaders":false');
  });

  test('may load nothing from anywhere, and only its own script runs', async () => {
    const { headers, body } = await open('/graphql', {});
    const policy = headers['content-security-policy'] ?? '';
    const html = body.toString();
    const markup = html.slice(0, html.indexOf('<style>')) + html.slice(html.lastIndexOf('</script>'));
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'sha256-[^']+' blob:/);
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/);
    expect(markup).not.toMatch(/(?:src|href)="(?!data:)/);
  });

  test('has the operations of the walk-through as its tabs, in order, and subscribes over the WebSocket', async () => {
    const html = (await open('/graphql', {})).body.toString();
    const options = html.slice(html.lastIndexOf('renderYogaGraphiQL('));
    const names = (await readdir(operations)).toSorted();
    const places = await Promise.all(
      names.map(async (name) => options.indexOf(JSON.stringify(await readFile(new URL(name, operations), 'utf8')))),
    );
    expect(names.length).toBeGreaterThan(5);
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(options).toContain('"subscriptionsProtocol":"WS"');
  });

  test('is given only to browsers that do not ask a question', async () => {
    const asked = await fetch(`${api.url}/graphql?query={hello}`, { headers: { accept: BROWSER, 'apollo-require-preflight': '1' } });
    expect(await asked.json()).toMatchObject({ data: { hello: 'hello you' } });
    for (const accept of ['*/*', 'application/json', 'application/json, text/html;q=0.5']) {
      expect((await fetch(`${api.url}/graphql`, { headers: { accept } })).status).toBe(400);
    }
    const head = await open('/graphql', {}, 'HEAD');
    expect([head.status, head.headers['content-type'], head.body.length]).toEqual([200, 'text/html; charset=utf-8', 0]);
  });
});

describe('the operations of the walk-through', () => {
  test('are valid against the schema and within the limits', async () => {
    const schema = buildSchema(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'));
    for (const name of await readdir(operations)) {
      const document = parse(await readFile(new URL(name, operations), 'utf8'), parseOptions);
      const errors = validate(schema, document, [...specifiedRules, ...makeValidationRules({ introspection: true })]);
      expect([name, errors]).toEqual([name, []]);
    }
  });
});

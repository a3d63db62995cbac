import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readTrustedDocuments } from '../../src/graphql/trusted-documents.ts';
import type { DocumentRequest } from '../../src/graphql/trusted-documents.ts';

const schema = buildSchema('type Query { hello(name: String): String }');
const text = 'query Hello { hello }';
const id = createHash('sha256').update(text).digest('hex');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trusted-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const listOf = async (content: unknown): Promise<string> => {
  const path = join(folder, 'documents.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
};

describe('a trusted document', () => {
  test.each([
    ['documentId', { documentId: id }],
    ['documentId with its algorithm', { documentId: `sha256:${id}`, query: null }],
    ['the extension documentId', { query: '', extensions: { documentId: id } }],
    ['the extension persistedQuery', { extensions: { persistedQuery: { version: 1, sha256Hash: id } } }],
    ['its id, whatever text comes with it', { documentId: id, query: '{ __typename }' }],
    ['its text', { query: text }],
  ] satisfies [string, DocumentRequest][])('is found by %s', async (_name, request) => {
    const choose = await readTrustedDocuments([await listOf({ [id]: text })], schema);
    expect(choose(request)).toEqual({ ok: true, text });
  });

  test.each([
    ['another id', { documentId: 'x' }, 'PERSISTED_QUERY_NOT_FOUND'],
    ['another id, though the text is trusted', { documentId: 'constructor', query: text }, 'PERSISTED_QUERY_NOT_FOUND'],
    ['another text', { query: `${text} ` }, 'DOCUMENT_NOT_TRUSTED'],
    ['no text', {}, 'DOCUMENT_NOT_TRUSTED'],
    ['an id that is none', { documentId: 7, extensions: [id] }, 'DOCUMENT_NOT_TRUSTED'],
  ])('is not found by %s', async (_name, request, code) => {
    const choose = await readTrustedDocuments([await listOf({ [id]: text })], schema);
    expect(choose(request)).toMatchObject({ ok: false, error: { extensions: { code } } });
  });
});

test('the lists of several files count as one', async () => {
  const other = join(folder, 'others.json');
  await writeFile(other, JSON.stringify({ other: '{ hello }' }));
  const choose = await readTrustedDocuments([await listOf({ [id]: text }), other], schema);
  expect([choose({ documentId: id }), choose({ documentId: 'other' }), choose({ query: '{ hello }' })]).toEqual([
    { ok: true, text },
    { ok: true, text: '{ hello }' },
    { ok: true, text: '{ hello }' },
  ]);
});

describe('a list', () => {
  test.each([
    ['no JSON', '{', 'the file is not JSON'],
    ['a JSON list', [], 'is not a JSON object'],
    ['an entry that is no text', { [id]: 7 }, `document ${id} is not a text`],
    ['a document that does not parse', { [id]: '{' }, `document ${id} does not parse`],
    ['a document of another schema', { [id]: '{ goodbye }' }, `document ${id} is not valid: Cannot query field "goodbye"`],
  ])('of %s stops the start, and says why', async (_name, content, message) => {
    const path = await listOf(content);
    await expect(readTrustedDocuments([path], schema)).rejects.toMatchObject({
      code: 'TRUSTED_DOCUMENTS',
      message: expect.stringMatching(new RegExp(`^TRUSTED_DOCUMENTS=${path}: .*${message.replace(/["()]/g, '.')}`)),
    });
  });

  test('that is not there stops the start', async () => {
    await expect(readTrustedDocuments([join(folder, 'nowhere.json')], schema)).rejects.toMatchObject({ code: 'TRUSTED_DOCUMENTS' });
  });
});

// TRUSTED_DOCUMENTS on the real service: what is listed runs, nothing else does, and a list that cannot be used stops the start.
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startAttackedService } from '../support/attack.ts';

const operations = new URL('../../examples/operations/', import.meta.url);

let folder: string;
let documents: Readonly<Record<string, string>>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trusted-'));
  const texts = await Promise.all((await readdir(operations)).map(async (name) => readFile(new URL(name, operations), 'utf8')));
  documents = Object.fromEntries(texts.map((text) => [createHash('sha256').update(text).digest('hex'), text]));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const writeList = async (content: unknown): Promise<string> => {
  const path = join(folder, 'persisted-documents.json');
  await writeFile(path, JSON.stringify(content));
  return path;
};

test('the operations of the walk-through run by their ids, and nothing else does, on both transports', async () => {
  await using api = await startAttackedService({ TRUSTED_DOCUMENTS: await writeList(documents) });
  for (const [documentId, text] of Object.entries(documents)) {
    if (!text.includes('query LookAtClients')) continue;
    expect(await api.http({ documentId })).toMatchObject({ status: 200, data: { clients: { totalCount: 0 } } });
    expect(await api.socket({ query: '', documentId })).toMatchObject({ status: 'next', data: { clients: { totalCount: 0 } } });
    expect((await api.http({ query: text })).status).toBe(200);
  }
  for (const query of ['{ __typename }', '{ __schema { queryType { name } } }', 'subscription { statistics { clients } }']) {
    expect(await api.http({ query })).toMatchObject({ status: 400, codes: ['DOCUMENT_NOT_TRUSTED'] });
    expect(await api.socket({ query })).toMatchObject({ status: 'error', codes: ['DOCUMENT_NOT_TRUSTED'] });
  }
  expect(await api.http({ documentId: 'nothing' })).toMatchObject({ status: 400, codes: ['PERSISTED_QUERY_NOT_FOUND'] });
  expect(api.faults()).toEqual([]);
});

test('what the console asks for is trusted beside the list, as it sends it', async () => {
  await using api = await startAttackedService({ TRUSTED_DOCUMENTS: await writeList({}) });
  const path = new URL('../../dist/console/trusted-documents.json', import.meta.url);
  const texts = Object.values(JSON.parse(await readFile(path, 'utf8')) as Readonly<Record<string, string>>);
  const asked = (name: string): string => texts.find((text) => text.includes(name) && !text.includes('__typename')) ?? '';
  expect(await api.http({ query: asked('query Me') })).toMatchObject({ status: 200, data: { me: { role: 'ADMIN' } } });
  expect(await api.socket({ query: asked('subscription ProviderState') })).toMatchObject({ data: { provider: { status: 'AVAILABLE' } } });
  expect((await fetch(`${api.url}/trusted-documents.json`)).status).toBe(404);
});

test('a list with a document of another schema stops the start, which names it', async () => {
  const path = await writeList({ abc: '{ goodbye }' });
  await expect(startAttackedService({ TRUSTED_DOCUMENTS: path })).rejects.toThrow(
    `ended (1) before it was ready:\nCarillon cannot start: TRUSTED_DOCUMENTS=${path}: document abc is not valid: Cannot query field "goodbye"`,
  );
});

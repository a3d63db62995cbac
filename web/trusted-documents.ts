// A part of the console's build: the list of every operation that it sends, in the very text that it sends. A service with
// TRUSTED_DOCUMENTS trusts these beside its own list. The file is not served.
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatDocument, stringifyDocument } from '@urql/core';
import type { DocumentNode } from 'graphql';
import type { Plugin } from 'vite';
import * as generated from './src/api/generated/graphql.ts';

export function trustedDocuments(): Plugin {
  let folder = '';
  return {
    name: 'trusted-documents',
    apply: 'build',
    configResolved: ({ root, build }) => {
      folder = join(root, build.outDir);
    },
    closeBundle: async () => {
      const documents = (Object.values(generated) as unknown as readonly DocumentNode[]).filter(isOperation);
      // Over HTTP the cache adds __typename; over the WebSocket nobody does.
      const texts = documents.flatMap((document) => [
        stringifyDocument(formatDocument(document) as DocumentNode),
        stringifyDocument(document),
      ]);
      const list = Object.fromEntries(texts.map((text) => [createHash('sha256').update(text).digest('hex'), text]));
      await writeFile(join(folder, 'trusted-documents.json'), `${JSON.stringify(list, null, 1)}\n`);
    },
  };
}

/** Fragments alone stand in the operations that use them. */
function isOperation({ definitions }: DocumentNode): boolean {
  return definitions.some(({ kind }) => kind === 'OperationDefinition');
}

// Everything that is stored about one client, as JSON text in parts: for the person who asks what is known about them.
import type { Database } from '../database/database.ts';
import { findExportedClient, readClientMessages } from '../database/client-export-queries.ts';
import type { ExportedMessage } from '../database/client-export-queries.ts';
import type { ClientRecord } from '../database/records.ts';
import type { EpochMs } from '../domain/send-window.ts';

/** A client has one message per mailing: most exports are one page. */
const PAGE_SIZE = 500;

export type ExportedClientKey = { readonly id: string } | { readonly phone: string };

export interface ClientExport {
  readonly clientId: string;
  /** Parts of one JSON document: `{ client, messages: [...] }`; instants are RFC 3339 in UTC. The generator rejects when a page cannot be read. */
  readonly parts: AsyncGenerator<string, void>;
}

/** null: there is no such client. An id is a decimal number, a phone 11 digits. */
export type ExportClient = (key: ExportedClientKey) => Promise<ClientExport | null>;

export function makeExportClient({ database }: { readonly database: Database }): ExportClient {
  return async (key) => {
    const client = await ('id' in key ? findExportedClient(database, 'id', key.id) : findExportedClient(database, 'phone', key.phone));
    if (client === null) return null;
    const first = await readClientMessages(database, client.id, { after: '0', size: PAGE_SIZE });
    return { clientId: client.id, parts: toParts(database, client, first) };
  };
}

async function* toParts(database: Database, client: ClientRecord, first: readonly ExportedMessage[]): AsyncGenerator<string, void> {
  yield `{\n"client": ${JSON.stringify(withInstants(client), null, 2)},\n"messages": [`;
  let separator = '\n';
  for (let page = first; page.length > 0;) {
    const texts = page.map((message) => JSON.stringify(toDocument(message), null, 2));
    yield separator + texts.join(',\n');
    separator = ',\n';
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_SIZE) break;
    page = await readClientMessages(database, client.id, { after: last.id, size: PAGE_SIZE });
  }
  yield '\n]\n}\n';
}

function withInstants({ optedOutAt, createdAt, updatedAt, ...client }: ClientRecord): object {
  return { ...client, optedOutAt: instant(optedOutAt), createdAt: instant(createdAt), updatedAt: instant(updatedAt) };
}

function toDocument({ attemptLog, ...message }: ExportedMessage): object {
  const { createdAt, dueAt, finishedAt, errorAt } = message;
  return {
    ...message,
    createdAt: instant(createdAt),
    dueAt: instant(dueAt),
    finishedAt: instant(finishedAt),
    errorAt: instant(errorAt),
    attemptLog: attemptLog.map((attempt) => ({ ...attempt, at: instant(attempt.at) })),
  };
}

function instant(at: EpochMs | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

// The doors for CSV on a real port and a test's database, with a log that a test can read.
import pino from 'pino';
import { anyone } from '../../src/domain/principal.ts';
import { makeClientImportRoute } from '../../src/http/client-import.ts';
import { makeMessageExportRoute } from '../../src/http/message-export.ts';
import type { Pace } from '../../src/http/paced-body.ts';
import { makeRequireRole } from '../../src/http/require-role.ts';
import { makeExportMessages } from '../../src/operations/export-messages.ts';
import type { MessagePages } from '../../src/operations/export-messages.ts';
import { makeImportClientFile } from '../../src/operations/import-client-file.ts';
import type { FileRowError } from '../../src/operations/import-client-file.ts';
import { openOperations } from './operations.ts';
import type { OpenedOperations } from './operations.ts';
import { startTinyApi } from './tiny-api.ts';

export interface CsvDoor extends AsyncDisposable {
  readonly url: string;
  readonly operations: OpenedOperations;
  readonly logLines: readonly Readonly<Record<string, unknown>>[];
  /** Pages that exports have read so far. */
  readonly pagesRead: () => number;
  /** Posts the file to /clients/import. */
  importFile(file: string | Uint8Array, search?: string): Promise<ImportAnswer>;
}

interface ImportAnswer {
  readonly status: number;
  readonly body: ImportBody;
}

interface ImportBody extends Counts {
  readonly errors?: readonly { readonly message: string; readonly extensions: { readonly code: string; readonly requestId: string } }[];
  readonly written?: Counts & { readonly lastRow: number };
}

interface Counts {
  readonly created: number;
  readonly updated: number;
  readonly skipped: number;
  readonly failed: number;
  readonly rowErrors: readonly FileRowError[];
}

export interface CsvDoorOptions {
  readonly pace?: Pace;
  /** For bodies on other paths. */
  readonly bodyMs?: number;
}

export async function openCsvDoor(databaseUrl: string, options: CsvDoorOptions = {}): Promise<CsvDoor> {
  const { pace, bodyMs } = options;
  const operations = await openOperations(databaseUrl);
  const logLines: Record<string, unknown>[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => logLines.push(JSON.parse(line)) });
  const exportMessages = makeExportMessages({ database: operations.database });
  let pagesRead = 0;
  async function* counted(pages: MessagePages): MessagePages {
    for await (const page of pages) {
      pagesRead += 1;
      yield page;
    }
  }
  const importClientFile = makeImportClientFile({ database: operations.database, changes: operations.changes });
  const requireRole = makeRequireRole(async () => ({ ok: true, principal: anyone }));
  const api = await startTinyApi({
    log,
    ...(bodyMs !== undefined && { bodyMs }),
    routes: [
      makeClientImportRoute({ importClientFile, requireRole, log, ...(pace && { pace }) }),
      makeMessageExportRoute({
        exportMessages: async (id, statuses) => {
          const pages = await exportMessages(id, statuses);
          return pages === null ? null : counted(pages);
        },
        requireRole,
        log,
      }),
    ],
  });
  return {
    url: api.url,
    operations,
    logLines,
    pagesRead: () => pagesRead,
    importFile: async (file, search = '') => {
      const response = await fetch(`${api.url}/clients/import${search}`, {
        method: 'POST',
        headers: { 'content-type': 'text/csv' },
        body: typeof file === 'string' ? file : new Blob([Buffer.from(file)]),
      });
      return { status: response.status, body: (await response.json()) as ImportBody };
    },
    [Symbol.asyncDispose]: async () => {
      await api[Symbol.asyncDispose]();
      await operations[Symbol.asyncDispose]();
    },
  };
}

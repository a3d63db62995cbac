// A file of any number of clients, in chunks: each is one transaction, so that what is written is always whole chunks and memory is flat.
// The rules are those of import-clients.ts.
import { bulkTransaction } from '../database/bulk-transaction.ts';
import { CLIENTS } from '../database/change-notifier.ts';
import { insertNewStagedClients, stageClients, upsertStagedClients } from '../database/client-queries.ts';
import { makeStagedClients } from '../database/staged-clients.ts';
import type { StagedClients } from '../database/staged-clients.ts';
import { lockClientDirectory } from '../database/unsent-message-queries.ts';
import { checkNewClient } from '../domain/client.ts';
import type { NewClientInput } from '../domain/client.ts';
import type { UserError } from '../domain/errors.ts';
import type { Log } from '../log.ts';
import { followMoves } from './import-clients.ts';
import type { ImportConflict, WrittenCounts } from './import-clients.ts';
import type { OperationDependencies } from './operation-dependencies.ts';

/** Rows of one transaction: about 0.2 s of work, as much as a chunk of an expansion, so that nobody waits long for the client directory's lock. */
export const CHUNK_ROWS = 10_000;
/** Faults that are reported; beyond them rows are only counted. */
const MOST_ROW_ERRORS = 1_000;
const ROWS_PER_PROGRESS_LINE = 100_000;

/** Why a row could not even be read as a client. */
export interface RowFault {
  readonly code: 'INVALID_ENCODING' | 'WRONG_NUMBER_OF_CELLS';
  readonly field: readonly string[];
  readonly message: string;
}

/** `row`: where it stands in the file, from 1. */
export type FileRow =
  | { readonly row: number; readonly input: NewClientInput; readonly fault?: undefined }
  | { readonly row: number; readonly fault: RowFault };

/** `field`: path inside the row, such as ['timeZone']. */
export type FileRowError = (UserError | RowFault) & { readonly row: number };

export interface FileImport {
  readonly created: number;
  readonly updated: number;
  readonly skipped: number;
  readonly failed: number;
  /** The first 1,000 faults, in the order of the rows. */
  readonly rowErrors: readonly FileRowError[];
  /** Everything up to this row is done, and nothing after it; 0: nothing is. */
  readonly lastRow: number;
  /** What ended the import before the file's end, as it was thrown by the rows or the database; null: it came to its end. */
  readonly brokenOffBy: unknown;
}

export interface ImportClientFileRequest {
  /** May throw: what came before is written and reported. */
  readonly rows: AsyncIterable<readonly FileRow[]>;
  readonly onConflict: ImportConflict;
  /** Of the request. */
  readonly log: Log;
}

/** Never rejects. */
export type ImportClientFile = (request: ImportClientFileRequest) => Promise<FileImport>;

/**
 * As `importClients`, without its limit. Of several rows with one phone the last counts with UPDATE and the first with SKIP; those of
 * other chunks are updates of their own. While a chunk is written, the next is read; nothing is read beyond that.
 */
export function makeImportClientFile({ database, changes }: Omit<OperationDependencies, 'log'>): ImportClientFile {
  const takeTurn = makeTurns();

  return async ({ rows, onConflict, log }) => {
    const done = { created: 0, updated: 0, skipped: 0, failed: 0, rowErrors: [] as FileRowError[], lastRow: 0 };
    const finishChunk = async (chunk: Chunk): Promise<void> => {
      const { created, updated } = await takeTurn(async () => write(chunk, onConflict));
      if (created + updated > 0) changes.changed(CLIENTS);
      const rowsBefore = rowsOf(done);
      done.created += created;
      done.updated += updated;
      done.failed += chunk.failed;
      done.skipped += chunk.rows - chunk.failed - created - updated;
      done.rowErrors.push(...chunk.rowErrors.slice(0, MOST_ROW_ERRORS - done.rowErrors.length));
      done.lastRow = chunk.lastRow;
      if (Math.floor(rowsOf(done) / ROWS_PER_PROGRESS_LINE) > Math.floor(rowsBefore / ROWS_PER_PROGRESS_LINE)) {
        log.info({ event: 'clients-importing', ...countsOf(done) }, 'clients import under way');
      }
    };
    const brokenOffBy = await inChunks(rows, finishChunk);
    if (brokenOffBy === null) log.info({ event: 'clients-imported', ...countsOf(done) }, 'clients imported');
    else log.warn({ event: 'clients-import-broken-off', ...countsOf(done) }, 'clients import broken off: what is counted is written');
    return { ...done, brokenOffBy };
  };

  async function write({ clients }: Chunk, onConflict: ImportConflict): Promise<WrittenCounts> {
    if (clients.count === 0) return { created: 0, updated: 0 };
    return bulkTransaction(database, async (tx) => {
      await stageClients(tx, clients);
      if (onConflict === 'SKIP') return { created: await insertNewStagedClients(tx), updated: 0 };
      await lockClientDirectory(tx);
      return followMoves(tx, await upsertStagedClients(tx));
    });
  }
}

interface Chunk {
  readonly clients: StagedClients;
  readonly rowErrors: FileRowError[];
  rows: number;
  failed: number;
  lastRow: number;
}

/** Hands on whole chunks, one at a time and in order. Answers what broke it off, after the chunks before that are finished. */
async function inChunks(rows: AsyncIterable<readonly FileRow[]>, finish: (chunk: Chunk) => Promise<void>): Promise<unknown> {
  let chunk = makeChunk();
  let finishing: Promise<void> = Promise.resolve();
  const finishNext = async (): Promise<void> => {
    await finishing;
    finishing = finish(chunk);
    // It is awaited later: until then its failure is nobody's surprise.
    finishing.catch(() => {});
    chunk = makeChunk();
  };

  let fault: unknown = null;
  try {
    for await (const part of rows) {
      for (const row of part) {
        addRow(chunk, row);
        if (chunk.rows === CHUNK_ROWS) await finishNext();
      }
    }
  } catch (error) {
    fault = error;
  }
  try {
    if (chunk.rows > 0) await finishNext();
    await finishing;
  } catch (error) {
    return error;
  }
  return fault;
}

function makeChunk(): Chunk {
  return { clients: makeStagedClients(), rowErrors: [], rows: 0, failed: 0, lastRow: 0 };
}

function addRow(chunk: Chunk, row: FileRow): void {
  chunk.rows += 1;
  chunk.lastRow = row.row;
  if (row.fault !== undefined) return fail(chunk, row.row, [row.fault]);
  const checked = checkNewClient(row.input, []);
  if (!checked.ok) return fail(chunk, row.row, checked.errors);
  chunk.clients.add(checked.value);
}

function fail(chunk: Chunk, row: number, errors: readonly (UserError | RowFault)[]): void {
  chunk.failed += 1;
  for (const error of errors) if (chunk.rowErrors.length < MOST_ROW_ERRORS) chunk.rowErrors.push({ row, ...error });
}

interface Counts {
  readonly created: number;
  readonly updated: number;
  readonly skipped: number;
  readonly failed: number;
  readonly lastRow: number;
}

function countsOf({ created, updated, skipped, failed, lastRow }: Counts): Counts {
  return { created, updated, skipped, failed, lastRow };
}

function rowsOf({ created, updated, skipped, failed }: Counts): number {
  return created + updated + skipped + failed;
}

/** One at a time over all imports of the process: chunks that wait for the directory's lock must not wait on the connections of others. */
function makeTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return async (work) => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
}

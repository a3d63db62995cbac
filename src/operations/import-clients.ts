// Many clients at once: good rows are written by one statement, bad rows are reported by their position, nothing is lost silently.
import { CLIENTS } from '../database/change-notifier.ts';
import { insertNewClients, upsertClients } from '../database/client-queries.ts';
import type { WrittenClients } from '../database/client-queries.ts';
import type { StatementTransaction } from '../database/database.ts';
import { lockClientDirectory } from '../database/unsent-message-queries.ts';
import { checkNewClient } from '../domain/client.ts';
import type { NewClient, NewClientInput } from '../domain/client.ts';
import { CarillonError } from '../domain/errors.ts';
import type { UserError } from '../domain/errors.ts';
import { moveUnsentMessages } from './move-unsent-messages.ts';
import type { OperationDependencies } from './operation-dependencies.ts';

const MOST_ROWS = 1_000;

/** A fault of one row; `row` is its position from 0. A row with two faults is reported twice and counted once. */
export type ImportRowError = UserError & { readonly row: number };

/** created + updated + skipped + failed = rows given. */
export interface ImportResult {
  readonly created: number;
  readonly updated: number;
  readonly skipped: number;
  readonly failed: number;
  readonly rowErrors: readonly ImportRowError[];
}

/** What happens to a phone that is in the directory. */
export type ImportConflict = 'UPDATE' | 'SKIP';

export type ImportClients = (rows: readonly NewClientInput[], onConflict: ImportConflict) => Promise<ImportResult>;

/**
 * A row says the whole client: an operator code left out is derived, a tag left out is none; an opt-out is never changed. Of several
 * rows with one phone, the last counts with UPDATE and the first with SKIP; the others are skipped, as are clients that are already
 * as their row says. Throws CarillonError TOO_MANY_ROWS above 1,000 rows, with nothing written.
 */
export function makeImportClients({ database, changes, log }: OperationDependencies): ImportClients {
  return async (rows, onConflict) => {
    if (rows.length > MOST_ROWS) {
      throw new CarillonError(
        'TOO_MANY_ROWS',
        `clients has ${rows.length} rows, at most ${MOST_ROWS} are taken at a time: send them in parts`,
      );
    }
    const { clients, failed, rowErrors } = checkRows(rows, onConflict);
    const { created, updated } = onConflict === 'UPDATE' ? await update(clients) : await insert(clients);
    if (created + updated > 0) changes.changed(CLIENTS);
    const skipped = rows.length - failed - created - updated;
    log.info({ event: 'clients-imported', created, updated, skipped, failed }, 'clients imported');
    return { created, updated, skipped, failed, rowErrors };
  };

  async function update(clients: readonly NewClient[]): Promise<WrittenCounts> {
    if (clients.length === 0) return { created: 0, updated: 0 };
    return database.transaction(async (tx) => {
      await lockClientDirectory(tx);
      return followMoves(tx, await upsertClients(tx, clients));
    });
  }

  async function insert(clients: readonly NewClient[]): Promise<WrittenCounts> {
    if (clients.length === 0) return { created: 0, updated: 0 };
    // One statement; the transaction runs it again should it meet a deadlock with somebody who changes a phone.
    return { created: await database.transaction(async (tx) => insertNewClients(tx, clients)), updated: 0 };
  }
}

export interface WrittenCounts {
  readonly created: number;
  readonly updated: number;
}

/** Unsent messages of clients whom an import moved to another zone move with them, in the same transaction. */
export async function followMoves(tx: StatementTransaction, { created, updated, moved }: WrittenClients): Promise<WrittenCounts> {
  if (moved.length > 0) await moveUnsentMessages(tx, moved);
  return { created, updated };
}

function checkRows(
  rows: readonly NewClientInput[],
  onConflict: ImportConflict,
): { clients: NewClient[]; failed: number; rowErrors: ImportRowError[] } {
  const byPhone = new Map<string, NewClient>();
  const rowErrors: ImportRowError[] = [];
  let failed = 0;
  for (const [row, input] of rows.entries()) {
    const checked = checkNewClient(input, ['clients', String(row)]);
    if (checked.ok) {
      if (onConflict === 'UPDATE' || !byPhone.has(checked.value.phone)) byPhone.set(checked.value.phone, checked.value);
      continue;
    }
    failed += 1;
    for (const error of checked.errors) rowErrors.push({ row, ...error });
  }
  return { clients: [...byPhone.values()], failed, rowErrors };
}

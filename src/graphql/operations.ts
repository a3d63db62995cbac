// What the resolvers ask for when something is to change: the port to operations/. Resolvers translate, operations decide.
import type { ClientRecord, MailingRecord } from '../database/records.ts';
import type { ClientChangesInput, NewClientInput } from '../domain/client.ts';
import type { Result, UserErrorCode } from '../domain/errors.ts';
import type { MailingChangesInput, NewMailingInput } from '../domain/mailing.ts';
import type { MessageStatus } from '../domain/message.ts';

export type ImportConflict = 'UPDATE' | 'SKIP';

/** `row`: position in the list, from 0. */
interface ImportRowError {
  readonly row: number;
  readonly code: UserErrorCode;
  readonly field: readonly string[];
  readonly message: string;
}

export interface ImportOutcome {
  readonly created: number;
  readonly updated: number;
  readonly skipped: number;
  readonly failed: number;
  readonly rowErrors: readonly ImportRowError[];
}

/**
 * Ids are decimal 64-bit integers: the resolvers answer all others themselves. Paths in the errors begin at the arguments
 * (['input', 'phone'], ['id']). What has been answered is durable.
 */
export interface Operations {
  createClient(input: NewClientInput, idempotencyKey: string | null): Promise<Result<ClientRecord>>;
  updateClient(id: string, changes: ClientChangesInput, expectedVersion: number | null): Promise<Result<ClientRecord>>;
  deleteClient(id: string): Promise<Result<{ readonly deletedId: string }>>;
  /** Throws CarillonError TOO_MANY_ROWS above 1,000 rows; nothing is written then. */
  importClients(rows: readonly NewClientInput[], onConflict: ImportConflict): Promise<ImportOutcome>;
  createMailing(input: NewMailingInput, idempotencyKey: string | null): Promise<Result<MailingRecord>>;
  updateMailing(id: string, changes: MailingChangesInput, expectedVersion: number | null): Promise<Result<MailingRecord>>;
  deleteMailing(id: string): Promise<Result<{ readonly deletedId: string }>>;
  pauseMailing(id: string): Promise<Result<MailingRecord>>;
  resumeMailing(id: string): Promise<Result<MailingRecord>>;
  cancelMailing(id: string): Promise<Result<MailingRecord>>;
  /** `errorCodes` null or left out: whatever the code. */
  retryMessages(
    mailingId: string,
    statuses: readonly MessageStatus[],
    errorCodes?: readonly string[] | null,
  ): Promise<Result<{ readonly retried: number }>>;
}

// Everything that is stored about one client, for whoever asks what that is: the row, every message, every attempt.
import type { EpochMs } from '../domain/send-window.ts';
import type { Sql } from './database.ts';
import { toMs } from './instant.ts';
import { clientColumns, messageColumns } from './records.ts';
import type { ClientRecord, MessageRecord } from './records.ts';

/** By id, or by phone when `by` says so. Indexes client_pkey, client_phone_unique. No lock. */
export async function findExportedClient(sql: Sql, by: 'id' | 'phone', value: string): Promise<ClientRecord | null> {
  const rows = await sql.rows<ClientRecord>(`select ${clientColumns} from client c where c.${by} = $1::bigint`, [value]);
  return rows[0] ?? null;
}

export interface ExportedAttempt {
  readonly attempt: number;
  readonly at: EpochMs;
  readonly outcome: string;
  readonly code: string;
  readonly message: string;
  readonly httpStatus: number | null;
  readonly latencyMs: number;
}

export interface ExportedMessage extends MessageRecord {
  /** What was sent, or will be; null: its mailing was removed at this moment. */
  readonly text: string | null;
  readonly attemptLog: readonly ExportedAttempt[];
}

/**
 * Up to `size` messages of a client after an id, oldest first, with what was sent and every attempt that was not an acceptance. Also those
 * of mailings that are being deleted or emptied: they are stored until they are gone. Indexes message_client_mailing_unique,
 * message_attempt_message. No locks.
 */
export async function readClientMessages(
  sql: Sql,
  clientId: string,
  { after, size }: { readonly after: string; readonly size: number },
): Promise<ExportedMessage[]> {
  return sql.rows<ExportedMessage>(pageStatement, [clientId, after, size]);
}

// A client has few messages: `offset 0` keeps PostgreSQL from walking all messages by id in the hope of meeting them soon.
const pageStatement = `
  with page as materialized (
    select g.* from (select * from message where client_id = $1::bigint offset 0) g where g.id > $2::bigint order by g.id limit $3::int
  )
  select ${messageColumns}, m.text,
    coalesce((
      select json_agg(json_build_object('attempt', a.attempt, 'at', ${toMs('a.at')}, 'outcome', a.outcome, 'code', a.code, 'message', a.message,
        'httpStatus', a.http_status, 'latencyMs', a.latency_ms) order by a.id)
      from message_attempt a where a.message_id = g.id
    ), '[]') as "attemptLog"
  from page g
  left join mailing m on m.id = g.mailing_id
  left join batch b on b.id = g.batch_id and g.status = 'PENDING'
  order by g.id`;

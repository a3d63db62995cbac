// All messages of a mailing, oldest first, in pages by id: what an export reads, as long as it takes, without a transaction around it.
import type { MessageStatus } from '../domain/message.ts';
import type { EpochMs } from '../domain/send-window.ts';
import type { Sql } from './database.ts';
import { toMs } from './instant.ts';
import type { MessageRecord } from './records.ts';
import { messageColumns } from './records.ts';

/** When its messages were removed, null while they are there; null instead of an object: there is no such mailing. Index mailing_pkey. */
export async function findExported(sql: Sql, id: string): Promise<{ readonly messagesRemovedAt: EpochMs | null } | null> {
  const rows = await sql.rows<{ messagesRemovedAt: EpochMs | null }>(
    `select ${toMs('m.messages_removed_at')} as "messagesRemovedAt" from mailing m where m.id = $1::bigint and m.deleted_at is null`,
    [id],
  );
  return rows[0] ?? null;
}

export interface ExportPage {
  readonly messages: readonly MessageRecord[];
  /** Give it as `after` for the next page; null: this was the last one. */
  readonly next: string | null;
}

/**
 * The messages among the next `size` of the mailing that are in one of the statuses (null: any). The page is cut before the statuses are
 * looked at, so that rare ones cost no more per page than others. Index message_mailing; no locks.
 */
export async function readExportPage(
  sql: Sql,
  mailingId: string,
  statuses: readonly MessageStatus[] | null,
  { after, size }: { readonly after: string; readonly size: number },
): Promise<ExportPage> {
  const rows = await sql.rows<MessageRecord & { readonly lastId: string; readonly looked: number }>(pageStatement, [
    mailingId,
    after,
    statuses,
    size,
  ]);
  const [first] = rows;
  return {
    // Without a message in these statuses there is one row, of nulls.
    messages: rows.filter((row) => row.id !== null),
    next: first !== undefined && first.looked === size ? first.lastId : null,
  };
}

const pageStatement = `
  with page as materialized (
    select * from message where mailing_id = $1::bigint and id > $2::bigint order by id limit $4::int
  )
  select seen.last_id::text as "lastId", seen.looked, ${messageColumns}
  from (select max(id) as last_id, count(*)::int as looked from page) seen
  left join page g on $3::text[] is null or g.status = any($3::text[]::message_status[])
  left join batch b on b.id = g.batch_id and g.status = 'PENDING'
  order by g.id`;

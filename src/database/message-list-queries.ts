// Reads of messages for the API: pages, counts, and single messages by id. Messages of deleted mailings are invisible.
// Newest first, which is id descending: ids are given in the order in which messages are made.
// Pages and counts are read for many scopes at once, so that a list of messages inside a list is one statement.
import type { MessageStatus } from '../domain/message.ts';
import { messageStatuses } from '../domain/message.ts';
import type { Sql } from './database.ts';
import type { Page, PageRequest, PageRow } from './keyset.ts';
import { fetchSizeOf, toPage } from './keyset.ts';
import type { MessageRecord } from './records.ts';
import { messageColumns } from './records.ts';
import type { SqlConditions } from './sql-conditions.ts';
import { makeSqlConditions } from './sql-conditions.ts';

/** Whose messages: of a mailing, of a client, of both (one message at most), or all. */
export interface MessageScope {
  readonly mailingId: string | null;
  readonly clientId: string | null;
}

/** Scopes of one kind can be read in one statement. */
export type MessageScopeKind = 'all' | 'mailing' | 'client' | 'pair';

export function kindOfScope({ mailingId, clientId }: MessageScope): MessageScopeKind {
  if (mailingId === null) return clientId === null ? 'all' : 'client';
  return clientId === null ? 'mailing' : 'pair';
}

/** The messages that exist, in no order; by primary keys. No locks. */
export async function readMessages(sql: Sql, ids: readonly string[]): Promise<MessageRecord[]> {
  return sql.rows<MessageRecord>(messagesStatement, [ids]);
}

const messagesStatement = `
  select ${messageColumns}
  from message g
  join mailing m on m.id = g.mailing_id and m.deleted_at is null
  left join batch b on b.id = g.batch_id and g.status = 'PENDING'
  where g.id = any($1::bigint[])`;

/**
 * One page for each scope, in their order; all must be of one kind. `statuses`: null or empty, any.
 * By message_pkey (all), message_mailing or message_failed (mailing), message_client_mailing_unique (client, pair). No locks.
 */
export async function listMessages(
  sql: Sql,
  scopes: readonly MessageScope[],
  statuses: readonly MessageStatus[] | null,
  page: PageRequest,
): Promise<Page<MessageRecord>[]> {
  const [scope] = scopes;
  if (scope === undefined) return [];
  const conditions = makeSqlConditions();
  const text = pageText(kindOfScope(scope), scopes, inOrder(statuses), page, conditions);
  const rows = await sql.rows<PageRow<MessageRecord> & { readonly ordinal: number }>(text, conditions.values);
  const rowsOf = Map.groupBy(rows, (row) => row.ordinal);
  return scopes.map((_, index) => toPage(rowsOf.get(index + 1) ?? [], page.first));
}

function pageText(
  kind: MessageScopeKind,
  scopes: readonly MessageScope[],
  statuses: readonly MessageStatus[] | null,
  page: PageRequest,
  conditions: SqlConditions,
): string {
  const from = scopesText(kind, scopes, conditions);
  const limit = `order by g.id desc limit ${fetchSizeOf(page.first)}`;
  const position = page.after === null ? null : `${conditions.parameter(page.after[0])}::bigint`;
  const branches = statusBranches(statuses, conditions);
  const found = branches.map(
    (branch) => `(${candidates(kind, branch, position === null ? 'true' : `g.id < ${position}`, limit)} ${limit})`,
  );
  // Not `exists`: it drops the order, and PostgreSQL would look for any such row from the table's start.
  const nearest = 'order by g.id limit 1';
  const before = branches.map(
    (branch) => `(select true from (${candidates(kind, branch, `g.id >= ${position}`, nearest)}) g ${nearest}) is not null`,
  );
  return `
    select p.ordinal::int as ordinal, q.before, case when g.id is not null then array[g.id::text] end as position, ${messageColumns}
    from ${from}
    cross join lateral (select ${position === null ? 'false' : before.join(' or ')} as before) q
    left join lateral ${found.length === 1 ? found[0] : `(select g.* from (${found.join(' union all ')}) g ${limit})`} g on true
    left join batch b on b.id = g.batch_id and g.status = 'PENDING'
    order by p.ordinal, g.id desc`;
}

/** The scopes as rows p, those of deleted mailings left out. */
function scopesText(kind: MessageScopeKind, scopes: readonly MessageScope[], conditions: SqlConditions): string {
  const mailingIds = conditions.parameter(scopes.map((scope) => scope.mailingId));
  const clientIds = conditions.parameter(scopes.map((scope) => scope.clientId));
  const rows = `unnest(${mailingIds}::bigint[], ${clientIds}::bigint[]) with ordinality as p(mailing_id, client_id, ordinal)`;
  return kind === 'mailing' || kind === 'pair' ? `${rows} join mailing m on m.id = p.mailing_id and m.deleted_at is null` : rows;
}

interface StatusBranch {
  readonly condition: string;
  /** Set when message_failed serves the branch: the counter that tells which mailings have such messages. */
  readonly counter: 'failed' | 'unconfirmed' | null;
}

/**
 * The statuses as branches whose results are merged. FAILED and UNCONFIRMED are literals and stand alone: message_failed is partial, so
 * that a parameter would not prove that it applies, and it gives the order of ids within one status only.
 */
function statusBranches(statuses: readonly MessageStatus[] | null, conditions: SqlConditions): StatusBranch[] {
  if (statuses === null) return [{ condition: 'true', counter: null }];
  const failed: StatusBranch[] = [];
  for (const status of statuses) {
    if (status === 'FAILED') failed.push({ condition: "g.problem = 'FAILED'", counter: 'failed' });
    if (status === 'UNCONFIRMED') failed.push({ condition: "g.problem = 'UNCONFIRMED'", counter: 'unconfirmed' });
  }
  if (failed.length === statuses.length) return failed;
  return [{ condition: `g.status = any(${conditions.parameter(statuses)}::message_status[])`, counter: null }];
}

const visible = 'exists (select from mailing m where m.id = g.mailing_id and m.deleted_at is null)';

/** Messages g of a scope p in a status branch and a range of ids. `limit` may be applied already where that saves work. */
function candidates(kind: MessageScopeKind, { condition, counter }: StatusBranch, range: string, limit: string): string {
  switch (kind) {
    case 'mailing':
      return `select g.* from message g where g.mailing_id = p.mailing_id and ${condition} and ${range}`;
    case 'pair':
      return `select g.* from message g where g.client_id = p.client_id and g.mailing_id = p.mailing_id and ${condition} and ${range}`;
    case 'client':
      // A client has few messages: `offset 0` keeps PostgreSQL from walking all messages by id in the hope of meeting them soon.
      return `select g.* from (select * from message g where g.client_id = p.client_id offset 0) g where ${condition} and ${range} and ${visible}`;
    case 'all':
      if (counter === null) return `select g.* from message g where ${condition} and ${range} and ${visible}`;
      // Failures are rare among all messages: they are taken mailing by mailing from message_failed.
      return `select g.* from mailing m join mailing_statistics s on s.mailing_id = m.id cross join lateral (
        select g.* from message g where g.mailing_id = m.id and ${condition} and ${range} ${limit}
      ) g where m.deleted_at is null and s.${counter} > 0`;
  }
}

/**
 * How many messages each scope has, in their order; all must be of one kind. Of mailings and of all from the counters, of clients
 * over message_client_mailing_unique: never a count over the messages of a mailing. No locks.
 */
export async function countMessages(
  sql: Sql,
  scopes: readonly MessageScope[],
  statuses: readonly MessageStatus[] | null,
): Promise<number[]> {
  const [scope] = scopes;
  if (scope === undefined) return [];
  const conditions = makeSqlConditions();
  const text = countText(kindOfScope(scope), scopes, inOrder(statuses), conditions);
  const rows = await sql.rows<{ ordinal: number; messages: number }>(text, conditions.values);
  const countOf = new Map(rows.map((row) => [row.ordinal, row.messages]));
  return scopes.map((_, index) => countOf.get(index + 1) ?? 0);
}

function countText(
  kind: MessageScopeKind,
  scopes: readonly MessageScope[],
  statuses: readonly MessageStatus[] | null,
  conditions: SqlConditions,
): string {
  const from = scopesText(kind, scopes, conditions);
  const counters = statuses === null ? 's.total' : statuses.map((status) => `s.${counterColumns[status]}`).join(' + ');
  switch (kind) {
    case 'all':
      return `select p.ordinal::int as ordinal, (
          select coalesce(sum(${counters}), 0)::float8
          from mailing_statistics s join mailing m on m.id = s.mailing_id where m.deleted_at is null
        ) as messages from ${from}`;
    case 'mailing':
      return `select p.ordinal::int as ordinal, (${counters})::float8 as messages
        from ${from} join mailing_statistics s on s.mailing_id = m.id`;
    case 'client':
    case 'pair': {
      const ofMailing = kind === 'pair' ? 'and g.mailing_id = p.mailing_id' : '';
      const ofStatus = statuses === null ? '' : `and g.status = any(${conditions.parameter(statuses)}::message_status[])`;
      return `select p.ordinal::int as ordinal, count(*)::float8 as messages
        from ${from} join message g on g.client_id = p.client_id ${ofMailing} ${ofStatus} and ${visible}
        group by p.ordinal`;
    }
  }
}

const counterColumns = {
  PENDING: 'pending',
  SENT: 'sent',
  FAILED: 'failed',
  EXPIRED: 'expired',
  CANCELLED: 'cancelled',
  UNCONFIRMED: 'unconfirmed',
} as const satisfies Record<MessageStatus, string>;

/** Each status once and always in the same order, so that equal filters share a statement; null: any status. */
function inOrder(statuses: readonly MessageStatus[] | null): readonly MessageStatus[] | null {
  return statuses === null || statuses.length === 0 ? null : messageStatuses.filter((status) => statuses.includes(status));
}

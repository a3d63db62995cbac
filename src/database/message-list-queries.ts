// Reads of messages for the API: pages, counts, and single messages by id. Those of mailings that are deleted, or whose messages are
// removed, are invisible while their rows last.
// Newest first, which is id descending: ids are given in the order in which messages are made.
// Pages and counts are read for many scopes at once, so that a list of messages inside a list is one statement.
import type { Sql } from './database.ts';
import type { Page, PageRequest, PageRow } from './keyset.ts';
import { emptyPage, fetchSizeOf, toPage } from './keyset.ts';
import {
  branchCondition,
  branchesOf,
  counterColumns,
  hasCodes,
  hasMessages,
  messagesOfMailing,
  messagesWithCodes,
  rareCounterOf,
  statusesOf,
} from './message-branches.ts';
import type { Branch, MessageFilter } from './message-branches.ts';
import { anyRareBefore, newestRare } from './rare-messages.ts';
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
  join mailing m on m.id = g.mailing_id and ${hasMessages}
  left join batch b on b.id = g.batch_id and g.status = 'PENDING'
  where g.id = any($1::bigint[])`;

/**
 * One page for each scope, in their order; all must be of one kind.
 * By message_pkey or message_code (all), message_mailing, message_problem, message_problem_code or message_batch (mailing),
 * message_client_mailing_unique (client, pair). No locks. SENT, EXPIRED and CANCELLED messages that are rare in a mailing cost a walk through it (message-branches.ts).
 */
export async function listMessages(
  sql: Sql,
  scopes: readonly MessageScope[],
  filter: MessageFilter,
  page: PageRequest,
): Promise<Page<MessageRecord>[]> {
  const [scope] = scopes;
  if (scope === undefined) return [];
  const conditions = makeSqlConditions();
  const branches = branchesOf(filter, conditions);
  if (branches.length === 0) return scopes.map(() => emptyPage);
  const text = pageText(kindOfScope(scope), scopes, branches, page, conditions);
  const rows = await sql.rows<PageRow<MessageRecord> & { readonly ordinal: number }>(text, conditions.values);
  const rowsOf = Map.groupBy(rows, (row) => row.ordinal);
  return scopes.map((_, index) => toPage(rowsOf.get(index + 1) ?? [], page.first));
}

function pageText(
  kind: MessageScopeKind,
  scopes: readonly MessageScope[],
  branches: readonly Branch[],
  page: PageRequest,
  conditions: SqlConditions,
): string {
  const from = scopesText(kind, scopes, conditions);
  const rows = fetchSizeOf(page.first);
  const limit = `order by g.id desc limit ${rows}`;
  const position = page.after === null ? null : `${conditions.parameter(page.after[0])}::bigint`;
  const found = branches.map((branch) => `(${candidates(kind, branch, position, rows)})`);
  const before = branches.map((branch) => (position === null ? 'false' : anyBefore(kind, branch, position)));
  return `
    select p.ordinal::int as ordinal, q.before, case when g.id is not null then array[g.id::text] end as position, ${messageColumns}
    from ${from}
    cross join lateral (select ${before.join(' or ')} as before) q
    left join lateral ${found.length === 1 ? found[0] : `(select g.* from (${found.join(' union all ')}) g ${limit})`} g on true
    left join batch b on b.id = g.batch_id and g.status = 'PENDING'
    order by p.ordinal, g.id desc`;
}

/** The scopes as rows p, those of mailings without visible messages left out. */
function scopesText(kind: MessageScopeKind, scopes: readonly MessageScope[], conditions: SqlConditions): string {
  const mailingIds = conditions.parameter(scopes.map((scope) => scope.mailingId));
  const clientIds = conditions.parameter(scopes.map((scope) => scope.clientId));
  const rows = `unnest(${mailingIds}::bigint[], ${clientIds}::bigint[]) with ordinality as p(mailing_id, client_id, ordinal)`;
  return kind === 'mailing' || kind === 'pair' ? `${rows} join mailing m on m.id = p.mailing_id and ${hasMessages}` : rows;
}

const visible = `exists (select from mailing m where m.id = g.mailing_id and ${hasMessages})`;

/** The newest messages g of a scope p in a branch, `rows` of them; `position`: only those after it, null: from the first on. */
function candidates(kind: MessageScopeKind, branch: Branch, position: string | null, rows: number): string {
  const counter = kind === 'all' && branch.codes === null ? rareCounterOf(branch) : null;
  if (counter !== null) return newestRare(counter, branch, position, rows);
  return inOrder(kind, branch, position === null ? 'true' : `g.id < ${position}`, `order by g.id desc limit ${rows}`);
}

/** SQL for whether messages of a scope p in a branch lie before the position. */
function anyBefore(kind: MessageScopeKind, branch: Branch, position: string): string {
  const counter = kind === 'all' && branch.codes === null ? rareCounterOf(branch) : null;
  // Not `exists` around an order: it drops it, and PostgreSQL would look for any such row from the table's start.
  const nearest = (range: string): string => `(select true from (${inOrder(kind, branch, range, 'order by g.id limit 1')}) g) is not null`;
  return counter === null ? nearest(`g.id >= ${position}`) : anyRareBefore(counter, branch, position);
}

/** Messages g of a scope p in a branch and a range of ids, ordered and bounded by `limit`. */
function inOrder(kind: MessageScopeKind, branch: Branch, range: string, limit: string): string {
  switch (kind) {
    case 'mailing':
      return messagesOfMailing('p.mailing_id', branch, range, limit);
    case 'pair':
      return `select g.* from message g
        where g.client_id = p.client_id and g.mailing_id = p.mailing_id and ${branchCondition(branch)} and ${range} ${limit}`;
    case 'client':
      // A client has few messages: `offset 0` keeps PostgreSQL from walking all messages by id in the hope of meeting them soon.
      return `select g.* from (select * from message g where g.client_id = p.client_id offset 0) g
        where ${branchCondition(branch)} and ${range} and ${visible} ${limit}`;
    case 'all':
      return branch.codes === null
        ? `select g.* from message g where ${branchCondition(branch)} and ${range} and ${visible} ${limit}`
        : messagesWithCodes(branch, `${range} and ${visible}`, limit);
    default:
      return kind satisfies never;
  }
}

/**
 * How many messages each scope has, in their order; all must be of one kind. Of mailings and of all from the counters, with error codes
 * counted over message_problem_code alone; of clients over message_client_mailing_unique. No locks.
 */
export async function countMessages(sql: Sql, scopes: readonly MessageScope[], filter: MessageFilter): Promise<number[]> {
  const [scope] = scopes;
  if (scope === undefined) return [];
  const conditions = makeSqlConditions();
  const text = countText(kindOfScope(scope), scopes, filter, conditions);
  const rows = await sql.rows<{ ordinal: number; messages: number }>(text, conditions.values);
  const countOf = new Map(rows.map((row) => [row.ordinal, row.messages]));
  return scopes.map((_, index) => countOf.get(index + 1) ?? 0);
}

function countText(kind: MessageScopeKind, scopes: readonly MessageScope[], filter: MessageFilter, conditions: SqlConditions): string {
  const from = scopesText(kind, scopes, conditions);
  const statuses = statusesOf(filter);
  const inStatus = (column: string): string =>
    statuses === null ? 'true' : `g.${column} = any(${conditions.parameter(statuses)}::message_status[])`;
  const withCode = (): string =>
    hasCodes(filter.errorCodes)
      ? `g.problem_code is not null and g.problem_code = any(${conditions.parameter(filter.errorCodes)}::text[])`
      : 'true';
  switch (kind) {
    case 'all':
    case 'mailing': {
      const counters = statuses === null ? 's.total' : statuses.map((status) => `s.${counterColumns[status]}`).join(' + ') || '0';
      const messages = hasCodes(filter.errorCodes)
        ? `case when ${counters} = 0 then 0 else (select count(*) from message g where g.mailing_id = m.id and ${withCode()} and ${inStatus('problem')}) end`
        : counters;
      if (kind === 'mailing') {
        return `select p.ordinal::int as ordinal, (${messages})::float8 as messages
          from ${from} join mailing_statistics s on s.mailing_id = m.id`;
      }
      return `select p.ordinal::int as ordinal, (
          select coalesce(sum(${messages}), 0)::float8
          from mailing_statistics s join mailing m on m.id = s.mailing_id where ${hasMessages}
        ) as messages from ${from}`;
    }
    case 'client':
    case 'pair': {
      const ofMailing = kind === 'pair' ? 'and g.mailing_id = p.mailing_id' : '';
      return `select p.ordinal::int as ordinal, count(*)::float8 as messages
        from ${from} join message g on g.client_id = p.client_id ${ofMailing} and ${inStatus('status')} and ${withCode()} and ${visible}
        group by p.ordinal`;
    }
    default:
      return kind satisfies never;
  }
}

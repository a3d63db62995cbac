// Reads about what went wrong: the attempts of messages, and the errors that messages of a mailing ended on.
import type { MessageStatus } from '../domain/message.ts';
import type { EpochMs } from '../domain/send-window.ts';
import type { Sql } from './database.ts';
import { toMs } from './instant.ts';
import { fetchSizeOf } from './keyset.ts';

export type AttemptOutcome = 'REFUSED' | 'RETRY' | 'AMBIGUOUS';

export interface AttemptRecord {
  readonly attempt: number;
  readonly at: EpochMs;
  readonly outcome: AttemptOutcome;
  readonly code: string;
  readonly message: string;
  readonly httpStatus: number | null;
  readonly latencyMs: number;
}

/** The newest `first` attempts of each message, newest first, in the order of the ids. Index message_attempt_message. No locks. */
export async function listAttempts(sql: Sql, messageIds: readonly string[], first: number): Promise<AttemptRecord[][]> {
  const rows = await sql.rows<AttemptRecord & { readonly ordinal: number }>(
    `select p.ordinal::int as ordinal, a.attempt, ${toMs('a.at')} as at, upper(a.outcome) as outcome, a.code, a.message, a.http_status as "httpStatus",
       a.latency_ms as "latencyMs"
     from unnest($1::bigint[]) with ordinality as p(message_id, ordinal)
     cross join lateral (select * from message_attempt a where a.message_id = p.message_id order by a.id desc limit ${fetchSizeOf(first)}) a
     order by p.ordinal, a.id desc`,
    [messageIds],
  );
  const rowsOf = Map.groupBy(rows, (row) => row.ordinal);
  return messageIds.map((_, index) => (rowsOf.get(index + 1) ?? []).slice(0, first));
}

/** Messages of a mailing that ended unsent in a status, with the same code in their last error. */
export interface ErrorCount {
  readonly mailingId: string;
  /** The mailing was cancelled, or its end has passed: nothing of it can be sent any more. */
  readonly over: boolean;
  readonly code: string;
  readonly status: Extract<MessageStatus, 'FAILED' | 'UNCONFIRMED' | 'EXPIRED'>;
  readonly messages: number;
}

/** In no order. Counted over message_problem_code alone: the cost grows with the messages that ended on an error, not with the mailing. No locks. */
export async function countErrors(sql: Sql, mailingIds: readonly string[]): Promise<ErrorCount[]> {
  return sql.rows<ErrorCount>(
    `select m.id::text as "mailingId", m.status = 'CANCELLED' or m.ends_at <= instant_now() as over, g.problem_code as code, g.problem::text as status,
       g.messages
     from mailing m
     cross join lateral (
       select g.problem_code, g.problem, count(*)::float8 as messages from message g
       where g.mailing_id = m.id and g.problem_code is not null
       group by g.problem_code, g.problem
     ) g
     where m.id = any($1::bigint[]) and m.messages_removed_at is null`,
    [mailingIds],
  );
}

// What statements return: one flat shape per noun, the same from every query. Ids are decimal text, instants epoch milliseconds.
import type { MailingStatus } from '../domain/mailing.ts';
import type { MessageStatus } from '../domain/message.ts';
import type { EpochMs } from '../domain/send-window.ts';
import { toMs } from './instant.ts';

export interface ClientRecord {
  readonly id: string;
  readonly phone: string;
  readonly operatorCode: string;
  readonly tag: string | null;
  readonly timeZone: string;
  readonly optedOutAt: EpochMs | null;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly version: number;
}

/** Columns of ClientRecord from `client c`. */
export const clientColumns = `c.id::text as id, c.phone::text as phone, c.operator_code as "operatorCode", c.tag, c.time_zone as "timeZone",
  ${toMs('c.opted_out_at')} as "optedOutAt", ${toMs('c.created_at')} as "createdAt", ${toMs('c.updated_at')} as "updatedAt", c.version`;

export interface MailingRecord {
  readonly id: string;
  readonly text: string;
  readonly operatorCodes: string[];
  readonly tags: string[];
  readonly startsAt: EpochMs;
  readonly endsAt: EpochMs;
  readonly windowFrom: string | null;
  readonly windowTo: string | null;
  readonly ratePerSecond: number | null;
  readonly status: MailingStatus;
  readonly startedAt: EpochMs | null;
  readonly finishedAt: EpochMs | null;
  readonly messagesRemovedAt: EpochMs | null;
  readonly createdAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly version: number;
  /** As they were when the record was read, where both were read at once. */
  readonly statistics?: StatisticsRecord;
}

/** Columns of MailingRecord from `mailing m`. */
export const mailingColumns = `m.id::text as id, m.text, m.operator_codes as "operatorCodes", m.tags,
  ${toMs('m.starts_at')} as "startsAt", ${toMs('m.ends_at')} as "endsAt", m.window_from as "windowFrom", m.window_to as "windowTo",
  m.rate_per_second as "ratePerSecond", m.status::text as status, ${toMs('m.started_at')} as "startedAt", ${toMs('m.finished_at')} as "finishedAt",
  ${toMs('m.messages_removed_at')} as "messagesRemovedAt", ${toMs('m.created_at')} as "createdAt", ${toMs('m.updated_at')} as "updatedAt", m.version`;

export interface StatisticsRecord {
  readonly mailingId: string;
  readonly mailingStatus: MailingStatus;
  readonly total: number;
  readonly pending: number;
  readonly sent: number;
  readonly failed: number;
  readonly expired: number;
  readonly cancelled: number;
  readonly unconfirmed: number;
  readonly version: number;
  readonly updatedAt: EpochMs;
}

/** Columns of StatisticsRecord from `mailing m` joined with `mailing_statistics s`. */
export const statisticsColumns = `s.mailing_id::text as "mailingId", m.status::text as "mailingStatus", s.total::float8 as total, s.pending::float8 as pending,
  s.sent::float8 as sent, s.failed::float8 as failed, s.expired::float8 as expired, s.cancelled::float8 as cancelled,
  s.unconfirmed::float8 as unconfirmed, s.version::float8 as version, ${toMs('s.updated_at')} as "updatedAt"`;

export interface MessageRecord {
  readonly id: string;
  readonly mailingId: string;
  readonly clientId: string | null;
  readonly phone: string | null;
  readonly status: MessageStatus;
  readonly attempts: number;
  readonly createdAt: EpochMs;
  readonly dueAt: EpochMs | null;
  readonly finishedAt: EpochMs | null;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly errorAt: EpochMs | null;
}

/** Columns of MessageRecord from `message g` left joined with `batch b on b.id = g.batch_id and g.status = 'PENDING'`. */
export const messageColumns = `g.id::text as id, g.mailing_id::text as "mailingId", g.client_id::text as "clientId", g.phone::text as phone, g.status::text as status,
  g.attempts, ${toMs('g.created_at')} as "createdAt", ${toMs('b.due_at')} as "dueAt", ${toMs('g.finished_at')} as "finishedAt",
  g.error_code as "errorCode", g.error_message as "errorMessage", ${toMs('g.error_at')} as "errorAt"`;

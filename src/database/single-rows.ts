// Single rows through the ORM: locked, changed as objects, written at flush. Sets of rows are SQL elsewhere.
import { LockMode } from '@mikro-orm/core';
import { mailingTransitions } from '../domain/mailing.ts';
import type { MailingStatus } from '../domain/mailing.ts';
import type { EpochMs } from '../domain/send-window.ts';
import type { Sql, Transaction } from './database.ts';
import { ClientEntity, MailingEntity } from './entities.ts';
import type { Client, Mailing } from './entities.ts';
import { toMs } from './instant.ts';
import type { ClientRecord, MailingRecord } from './records.ts';

/** The database's clock: the only one that decides. */
export async function readNow(sql: Sql): Promise<EpochMs> {
  const rows = await sql.rows<{ now: EpochMs }>(`select ${toMs('instant_now()')} as now`);
  const row = rows[0];
  if (row === undefined) throw new Error('a statement without from always returns a row');
  return row.now;
}

/** Ids are positive 64-bit integers in decimal digits; whatever else a caller gives names no row. */
function isRowId(id: string): boolean {
  return /^[1-9]\d{0,18}$/.test(id) && BigInt(id) <= 9_223_372_036_854_775_807n;
}

/** The client, locked for update until the transaction ends; null when there is none. */
export async function lockClient({ em }: Transaction, id: string): Promise<Client | null> {
  return isRowId(id) ? em.findOne(ClientEntity, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE }) : null;
}

/** The mailing, locked for update until the transaction ends; null when there is none or it is deleted. */
export async function lockMailing({ em }: Transaction, id: string): Promise<Mailing | null> {
  return isRowId(id) ? em.findOne(MailingEntity, { id, deletedAt: null }, { lockMode: LockMode.PESSIMISTIC_WRITE }) : null;
}

/** Changes the status of a locked mailing as the transition table allows, and what goes with it. Throws for a change it does not allow. */
export function moveMailing(mailing: Mailing, to: MailingStatus, now: EpochMs): void {
  const from: MailingStatus = mailing.status;
  const allowed: readonly MailingStatus[] = mailingTransitions[from];
  if (!allowed.includes(to)) throw new Error(`mailing ${mailing.id} cannot go from ${from} to ${to}`);
  mailing.status = to;
  mailing.finishedAt = to === 'COMPLETED' || to === 'CANCELLED' ? new Date(now) : null;
  touchMailing(mailing, now);
}

export function touchMailing(mailing: Mailing, now: EpochMs): void {
  mailing.version += 1;
  mailing.updatedAt = new Date(now);
}

/** The status is part of the statistics that subscribers see: a change of it is a new version. */
export async function touchStatistics(sql: Sql, mailingId: string): Promise<void> {
  await sql.rows('update mailing_statistics set version = version + 1, updated_at = instant_now() where mailing_id = $1::bigint', [
    mailingId,
  ]);
}

export function toClientRecord(client: Client): ClientRecord {
  const { id, phone, operatorCode, timeZone, version } = client;
  return {
    id,
    phone,
    operatorCode,
    tag: client.tag ?? null,
    timeZone,
    optedOutAt: client.optedOutAt?.getTime() ?? null,
    createdAt: client.createdAt.getTime(),
    updatedAt: client.updatedAt.getTime(),
    version,
  };
}

export function toMailingRecord(mailing: Mailing): MailingRecord {
  const { id, text, operatorCodes, tags, status, version } = mailing;
  return {
    id,
    text,
    operatorCodes,
    tags,
    startsAt: mailing.startsAt.getTime(),
    endsAt: mailing.endsAt.getTime(),
    windowFrom: mailing.windowFrom ?? null,
    windowTo: mailing.windowTo ?? null,
    ratePerSecond: mailing.ratePerSecond ?? null,
    status,
    startedAt: mailing.startedAt?.getTime() ?? null,
    finishedAt: mailing.finishedAt?.getTime() ?? null,
    messagesRemovedAt: mailing.messagesRemovedAt?.getTime() ?? null,
    createdAt: mailing.createdAt.getTime(),
    updatedAt: mailing.updatedAt.getTime(),
    version,
  };
}

// The tables as MikroORM knows them. The migrations are the truth; a test holds the two together.
// 64-bit ids are decimal strings, instants are Date (the ORM's form), counts that may pass 2^31 are numbers up to 2^53.
import { defineEntity, p } from '@mikro-orm/core';
import type { InferEntity } from '@mikro-orm/core';
import type { MailingStatus } from '../domain/mailing.ts';
import type { MailingEventKind } from '../domain/mailing-event.ts';
import type { MessageStatus } from '../domain/message.ts';

export const ClientEntity = defineEntity({
  name: 'Client',
  tableName: 'client',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    phone: p.bigint('string').unique(),
    operatorCode: p.text(),
    tag: p.text().nullable(),
    timeZone: p.text(),
    optedOutAt: p.datetime().nullable(),
    createdAt: p.datetime().defaultRaw('instant_now()'),
    updatedAt: p.datetime().defaultRaw('instant_now()'),
    version: p.integer().default(1),
  },
});
export type Client = InferEntity<typeof ClientEntity>;

export const MailingEntity = defineEntity({
  name: 'Mailing',
  tableName: 'mailing',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    text: p.text(),
    operatorCodes: p.array<string>().columnType('text[]'),
    tags: p.array<string>().columnType('text[]'),
    startsAt: p.datetime(),
    endsAt: p.datetime(),
    windowFrom: p.text().nullable(),
    windowTo: p.text().nullable(),
    ratePerSecond: p.integer().nullable(),
    status: p.string().$type<MailingStatus>().columnType('mailing_status').default('SCHEDULED'),
    startedAt: p.datetime().nullable(),
    finishedAt: p.datetime().nullable(),
    expansionCursor: p.bigint('string').default('0'),
    expansionCeiling: p.bigint('string').nullable(),
    expandedAt: p.datetime().nullable(),
    deletedAt: p.datetime().nullable(),
    messagesRemovedAt: p.datetime().nullable(),
    removingMessages: p.boolean().default(false),
    createdAt: p.datetime().defaultRaw('instant_now()'),
    updatedAt: p.datetime().defaultRaw('instant_now()'),
    version: p.integer().default(1),
  },
});
export type Mailing = InferEntity<typeof MailingEntity>;

const count = () => p.bigint('number').default(0);

const MailingStatisticsEntity = defineEntity({
  name: 'MailingStatistics',
  tableName: 'mailing_statistics',
  properties: {
    mailingId: p.bigint('string').primary().autoincrement(false),
    total: count(),
    pending: count(),
    sent: count(),
    failed: count(),
    expired: count(),
    cancelled: count(),
    unconfirmed: count(),
    version: p.bigint('number').default(1),
    updatedAt: p.datetime().defaultRaw('instant_now()'),
    auditedAt: p.datetime().nullable(),
  },
});

const MailingEventEntity = defineEntity({
  name: 'MailingEvent',
  tableName: 'mailing_event',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    mailingId: p.bigint('string'),
    kind: p.string().$type<MailingEventKind>().columnType('mailing_event_kind'),
    actor: p.text().nullable(),
    at: p.datetime().defaultRaw('instant_now()'),
    fields: p.array<string>().columnType('text[]').nullable(),
    retried: p.bigint('number').nullable(),
  },
});

const BatchEntity = defineEntity({
  name: 'Batch',
  tableName: 'batch',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    mailingId: p.bigint('string'),
    timeZone: p.text(),
    dueAt: p.datetime(),
    closeAt: p.datetime(),
    notBefore: p.datetime().nullable(),
    pending: p.integer(),
    leaseToken: p.bigint('string').nullable(),
    leaseUntil: p.datetime().nullable(),
    rescues: p.integer().default(0),
    aloneMessageId: p.bigint('string').nullable(),
    aloneStarts: p.integer().default(0),
  },
});

const MessageEntity = defineEntity({
  name: 'Message',
  tableName: 'message',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    mailingId: p.bigint('string'),
    clientId: p.bigint('string').nullable(),
    batchId: p.bigint('string').nullable(),
    phone: p.bigint('string').nullable(),
    createdAt: p.datetime().defaultRaw('instant_now()'),
    finishedAt: p.datetime().nullable(),
    errorAt: p.datetime().nullable(),
    attempts: p.integer().default(0),
    status: p.string().$type<MessageStatus>().columnType('message_status').default('PENDING'),
    ambiguous: p.boolean().default(false),
    errorCode: p.text().nullable(),
    errorMessage: p.text().nullable(),
  },
});

const MessageAttemptEntity = defineEntity({
  name: 'MessageAttempt',
  tableName: 'message_attempt',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    messageId: p.bigint('string'),
    mailingId: p.bigint('string'),
    attempt: p.integer(),
    at: p.datetime().defaultRaw('instant_now()'),
    outcome: p.text(),
    code: p.text(),
    message: p.text(),
    httpStatus: p.integer().nullable(),
    latencyMs: p.integer(),
  },
});

const ProviderGateEntity = defineEntity({
  name: 'ProviderGate',
  tableName: 'provider_gate',
  properties: {
    id: p.boolean().primary().default(true),
    state: p.text().default('OPEN'),
    reasonCode: p.text().nullable(),
    reason: p.text().nullable(),
    blockedUntil: p.datetime().nullable(),
    closings: p.integer().default(0),
    probeToken: p.bigint('string').nullable(),
    probeUntil: p.datetime().nullable(),
    probesPassed: p.integer().default(0),
    openedAt: p.datetime().nullable(),
    version: p.bigint('number').default(1),
  },
});

const IdempotencyKeyEntity = defineEntity({
  name: 'IdempotencyKey',
  tableName: 'idempotency_key',
  properties: {
    operation: p.text().primary(),
    key: p.text().primary(),
    requestHash: p.text(),
    resultId: p.bigint('string'),
    createdAt: p.datetime().defaultRaw('instant_now()'),
  },
});

export const entities = [
  ClientEntity,
  MailingEntity,
  MailingStatisticsEntity,
  MailingEventEntity,
  BatchEntity,
  MessageEntity,
  MessageAttemptEntity,
  ProviderGateEntity,
  IdempotencyKeyEntity,
];

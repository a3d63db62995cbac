// Gathers what the resolvers of one operation ask for and reads it in one statement each: no list costs a statement per entry.
// Nothing is remembered: a mutation followed by a read in one document, or a context that lives long, always sees the present.
import DataLoader from 'dataloader';
import { readClients } from '../database/client-list-queries.ts';
import type { Sql } from '../database/database.ts';
import { countErrors, listAttempts } from '../database/delivery-queries.ts';
import type { AttemptRecord, ErrorCount } from '../database/delivery-queries.ts';
import type { Page, PageRequest } from '../database/keyset.ts';
import { countMailingEvents, listMailingEvents } from '../database/mailing-event-queries.ts';
import type { MailingEventRecord } from '../database/mailing-event-queries.ts';
import type { FoundMailing } from '../database/mailing-list-queries.ts';
import { readMailings } from '../database/mailing-list-queries.ts';
import type { MessageFilter } from '../database/message-branches.ts';
import type { MessageScope } from '../database/message-list-queries.ts';
import { countMessages, kindOfScope, listMessages, readMessages } from '../database/message-list-queries.ts';
import { readBacklogs } from '../database/progress-queries.ts';
import type { MailingBacklog } from '../database/progress-queries.ts';
import type { MailingSample } from '../database/sample-queries.ts';
import { readMailingHistories } from '../database/sample-queries.ts';
import type { ClientRecord, MessageRecord, StatisticsRecord } from '../database/records.ts';
import { readStatisticsOfAll } from '../database/statistics-queries.ts';

interface MessageSelection {
  readonly scope: MessageScope;
  readonly filter: MessageFilter;
}

interface MessagePageRequest extends MessageSelection {
  readonly page: PageRequest;
}

interface MailingEventPageRequest {
  readonly mailingId: string;
  readonly page: PageRequest;
}

interface HistoryRequest {
  readonly mailingId: string;
  readonly points: number;
}

interface AttemptRequest {
  readonly messageId: string;
  readonly first: number;
}

/** Ids must be identifiers (`isIdentifier`). null: there is none. */
export interface Loaders {
  readonly client: Load<string, ClientRecord | null>;
  /** Also mailings that are being deleted: look at `deleted`. */
  readonly mailing: Load<string, FoundMailing | null>;
  readonly message: Load<string, MessageRecord | null>;
  readonly statistics: Load<string, StatisticsRecord | null>;
  readonly eventPage: Load<MailingEventPageRequest, Page<MailingEventRecord>>;
  readonly eventCount: Load<string, number>;
  readonly messagePage: Load<MessagePageRequest, Page<MessageRecord>>;
  readonly messageCount: Load<MessageSelection, number>;
  readonly backlog: Load<string, MailingBacklog | null>;
  /** The newest first. */
  readonly attempts: Load<AttemptRequest, AttemptRecord[]>;
  /** By code and status, in no order. */
  readonly errors: Load<string, ErrorCount[]>;
  /** The oldest first; none before the start. */
  readonly history: Load<HistoryRequest, MailingSample[]>;
}

type Load<Key, Value> = (key: Key) => Promise<Value>;

export function makeLoaders(sql: Sql): Loaders {
  return {
    client: loadById(
      (ids) => readClients(sql, ids),
      (client) => client.id,
    ),
    mailing: loadById(
      (ids) => readMailings(sql, ids),
      (mailing) => mailing.id,
    ),
    message: loadById(
      (ids) => readMessages(sql, ids),
      (message) => message.id,
    ),
    statistics: loadById(
      (ids) => readStatisticsOfAll(sql, ids),
      (statistics) => statistics.mailingId,
    ),
    eventPage: loadInGroups(
      ({ page }) => JSON.stringify([page.first, page.after]),
      (requests, { page }) =>
        listMailingEvents(
          sql,
          requests.map(({ mailingId }) => mailingId),
          page,
        ),
    ),
    eventCount: loadInGroups(
      () => 'all',
      (mailingIds) => countMailingEvents(sql, mailingIds),
    ),
    messagePage: loadInGroups(
      ({ scope, filter, page }) => JSON.stringify([kindOfScope(scope), filter, page.first, page.after]),
      (requests, { filter, page }) =>
        listMessages(
          sql,
          requests.map((request) => request.scope),
          filter,
          page,
        ),
    ),
    messageCount: loadInGroups(
      ({ scope, filter }) => JSON.stringify([kindOfScope(scope), filter]),
      (selections, { filter }) =>
        countMessages(
          sql,
          selections.map((selection) => selection.scope),
          filter,
        ),
    ),
    backlog: loadById(
      (ids) => readBacklogs(sql, ids),
      (backlog) => backlog.mailingId,
    ),
    attempts: loadInGroups(
      ({ first }) => String(first),
      (requests, { first }) =>
        listAttempts(
          sql,
          requests.map((request) => request.messageId),
          first,
        ),
    ),
    errors: loadListById(
      (ids) => countErrors(sql, ids),
      (count) => count.mailingId,
    ),
    history: loadInGroups(
      ({ points }) => String(points),
      async (requests, { points }) => {
        const ids = requests.map(({ mailingId }) => mailingId);
        const samplesOf = Map.groupBy(await readMailingHistories(sql, ids, points), (sample) => sample.mailingId);
        return ids.map((id) => samplesOf.get(id) ?? []);
      },
    ),
  };
}

/** Rows of many for each id. */
function loadListById<Row>(read: (ids: readonly string[]) => Promise<Row[]>, idOf: (row: Row) => string): Load<string, Row[]> {
  return gather<string, Row[]>(async (ids) => {
    const rowsOf = Map.groupBy(await read([...new Set(ids)]), idOf);
    return ids.map((id) => rowsOf.get(id) ?? []);
  });
}

function loadById<Row>(read: (ids: readonly string[]) => Promise<Row[]>, idOf: (row: Row) => string): Load<string, Row | null> {
  return gather<string, Row | null>(async (ids) => {
    const rows = await read([...new Set(ids)]);
    const byId = new Map(rows.map((row) => [idOf(row), row]));
    return ids.map((id) => byId.get(id) ?? null);
  });
}

/**
 * Requests that differ only in whose list they want share a statement, and equal ones an answer: `read` answers a group in its order.
 * One group's failure is its own.
 */
function loadInGroups<Request, Value>(
  groupOf: (request: Request) => string,
  read: (group: readonly Request[], example: Request) => Promise<Value[]>,
): Load<Request, Value> {
  const answerGroup = async (requests: readonly Request[], answers: Map<string, Value | Error>): Promise<void> => {
    const unique = new Map(requests.map((request) => [JSON.stringify(request), request]));
    const [example] = unique.values();
    if (example === undefined) return;
    try {
      const values = await read([...unique.values()], example);
      for (const [index, key] of [...unique.keys()].entries()) answers.set(key, values[index] ?? new Error('a request has no answer'));
    } catch (error) {
      for (const key of unique.keys()) answers.set(key, error instanceof Error ? error : new Error(String(error)));
    }
  };
  return gather<Request, Value>(async (requests) => {
    const answers = new Map<string, Value | Error>();
    await Promise.all(
      Map.groupBy(requests, groupOf)
        .values()
        .map(async (group) => answerGroup(group, answers)),
    );
    return requests.map((request) => answers.get(JSON.stringify(request)) ?? new Error('a request has no answer'));
  });
}

/** Made when it is first needed: most operations need one of them, or none. */
function gather<Key, Value>(read: DataLoader.BatchLoadFn<Key, Value>): Load<Key, Value> {
  let loader: DataLoader<Key, Value> | null = null;
  return (key) => {
    loader ??= new DataLoader(read, { cache: false });
    return loader.load(key);
  };
}

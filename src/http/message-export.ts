// GET /mailings/{id}/messages.csv: every message of a mailing as a CSV file, streamed as fast as its reader takes it.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { stringify } from 'csv-stringify/sync';
import { CarillonError } from '../domain/errors.ts';
import { messageStatuses } from '../domain/message.ts';
import type { MessageStatus } from '../domain/message.ts';
import { severityOf, toPublicError } from '../graphql/errors.ts';
import { isIdentifier } from '../graphql/identifier.ts';
import { traceparentOf } from '../graphql/finished-operation.ts';
import type { RecordOperation } from '../graphql/finished-operation.ts';
import { callerFields } from '../graphql/operation-log.ts';
import { logApiOperation } from '../log.ts';
import type { Log } from '../log.ts';
import type { ExportMessages, MessagePages } from '../operations/export-messages.ts';
import type { Exchange, Route } from './exchange.ts';
import { sendError } from './exchange.ts';
import type { RequireRole } from './require-role.ts';

export interface MessageExportOptions {
  readonly exportMessages: ExportMessages;
  readonly requireRole: RequireRole;
  readonly log: Log;
  /** Told of each that ended. */
  readonly record?: RecordOperation;
}

type ExportedMessage = MessagePages extends AsyncGenerator<readonly (infer Message)[], void> ? Message : never;

const instant = (ms: number | null): string => (ms === null ? '' : new Date(ms).toISOString());

/** The columns in their order. */
const cellOf = {
  message_id: ({ id }) => id,
  client_id: ({ clientId }) => clientId ?? '',
  phone: ({ phone }) => phone ?? '',
  status: ({ status }) => status,
  attempts: ({ attempts }) => String(attempts),
  created_at: ({ createdAt }) => instant(createdAt),
  due_at: ({ dueAt }) => instant(dueAt),
  sent_at: ({ status, finishedAt }) => instant(status === 'SENT' ? finishedAt : null),
  finished_at: ({ finishedAt }) => instant(finishedAt),
  error_code: ({ errorCode }) => errorCode ?? '',
  error_message: ({ errorMessage }) => errorMessage ?? '',
} as const satisfies Record<string, (message: ExportedMessage) => string>;

const columns = Object.keys(cellOf);
const cells: readonly ((message: ExportedMessage) => string)[] = Object.values(cellOf);

export function makeMessageExportRoute({ exportMessages, requireRole, log: serviceLog, record }: MessageExportOptions): Route {
  return {
    path: '/mailings/{id}/messages.csv',
    methods: ['GET'],
    handle: async (exchange) => {
      const { request, response, requestId, parameters } = exchange;
      const principal = await requireRole(exchange, 'viewer');
      if (principal === null) return;
      const options = readOptions(exchange.search);
      if (options === null) {
        const words = `The parameters are status (${messageStatuses.join(', ')}; several with commas) and bom=true, each once.`;
        return sendError(exchange, 400, 'BAD_USER_INPUT', words);
      }
      const mailingId = parameters['id'] ?? '';
      const startedAt = performance.now();
      const pages = await openPages(exchange, async () => (isIdentifier(mailingId) ? exportMessages(mailingId, options.statuses) : null));
      if (pages === null) return;
      response.setHeader('content-type', 'text/csv; charset=utf-8; header=present');
      response.setHeader('content-disposition', `attachment; filename="mailing-${mailingId}-messages.csv"`);
      response.setHeader('cache-control', 'no-store');
      response.appendHeader('vary', 'accept-encoding');
      const isWhole = await send(exchange, request.method === 'HEAD' ? null : toCsv(pages, options.bom));
      const durationMs = Math.round(performance.now() - startedAt);
      record?.({
        operation: 'exportMessages',
        type: 'query',
        outcome: isWhole ? 'ok' : 'error',
        durationMs,
        requestId,
        transport: 'http',
        traceparent: traceparentOf(request),
        mailingId,
      });
      const errors = isWhole ? {} : { errors: ['BROKEN_OFF'] };
      logApiOperation(serviceLog, {
        requestId,
        operation: 'exportMessages',
        transport: 'http',
        durationMs,
        mailingId,
        ...callerFields(principal),
        ...errors,
      });
    },
  };
}

interface Options {
  readonly statuses: readonly MessageStatus[] | null;
  readonly bom: boolean;
}

/** null: not to be understood. */
function readOptions(search: string): Options | null {
  const parameters = new URLSearchParams(search);
  if ([...parameters.keys()].some((name) => (name !== 'status' && name !== 'bom') || parameters.getAll(name).length > 1)) return null;
  const bom = parameters.get('bom') ?? 'false';
  const named = parameters.get('status')?.split(',') ?? null;
  const statuses = named === null ? null : messageStatuses.filter((status) => named.includes(status));
  if ((bom !== 'true' && bom !== 'false') || statuses?.length !== (named === null ? undefined : new Set(named).size)) return null;
  return { statuses, bom: bom === 'true' };
}

/** null: the exchange has been answered. After this nothing but a broken connection can tell of a fault. */
async function openPages(exchange: Exchange, open: () => Promise<MessagePages | null>): Promise<MessagePages | null> {
  try {
    const pages = await open();
    if (pages === null) sendError(exchange, 404, 'NOT_FOUND', 'There is no mailing with this id.');
    return pages;
  } catch (error) {
    if (error instanceof CarillonError && error.code === 'MESSAGES_REMOVED') {
      sendError(exchange, 410, error.code, error.message);
      return null;
    }
    const { message, extensions } = toPublicError({ message: 'Internal error' }, error, exchange.requestId);
    if (extensions?.['code'] !== 'SERVICE_UNAVAILABLE') throw error;
    exchange.log.warn({ err: error }, 'an export could not begin');
    sendError(exchange, 503, 'SERVICE_UNAVAILABLE', message);
    return null;
  }
}

/** One text per page, so that a page is asked for when the one before it has gone out. */
async function* toCsv(pages: MessagePages, bom: boolean): AsyncGenerator<string, void> {
  yield toText([columns], bom);
  for await (const messages of pages) {
    if (messages.length > 0)
      yield toText(
        messages.map((message) => cells.map((cell) => cell(message))),
        false,
      );
  }
}

/** As RFC 4180 has it. A cell that a spreadsheet would take for a formula begins with an apostrophe instead. */
function toText(rows: readonly (readonly string[])[], bom: boolean): string {
  return stringify(
    rows.map((row) => [...row]),
    { record_delimiter: 'windows', escape_formulas: true, bom },
  );
}

/** `csv` null: the headers alone. False when the reader hung up or a page could not be read: then the connection is broken, too. */
async function send({ request, response, log }: Exchange, csv: AsyncGenerator<string, void> | null): Promise<boolean> {
  const source = csv === null ? Readable.from([]) : Readable.from(csv, { highWaterMark: 1 });
  try {
    if (!acceptsGzip(request.headers['accept-encoding'])) await pipeline(source, response);
    else {
      response.setHeader('content-encoding', 'gzip');
      // The fastest level: the rows are much alike.
      await pipeline(source, createGzip({ level: constants.Z_BEST_SPEED }), response);
    }
    return true;
  } catch (error) {
    if (!isHangUp(error)) log[severityOf(error) ?? 'error']({ err: error }, 'an export broke off');
    response.destroy();
    return false;
  }
}

/** Whether gzip is named and not with a weight of 0. */
function acceptsGzip(header: string | string[] | undefined): boolean {
  const named = String(header ?? '')
    .split(',')
    .map((part) => part.trim().split(/\s*;\s*/));
  return named.some(([coding, weight = 'q=1']) => coding === 'gzip' && Number(weight.replace('q=', '')) > 0);
}

function isHangUp(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

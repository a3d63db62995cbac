// POST /clients/import: a CSV file of any length into the directory, streamed; the answer is that of importClients.
import type { IncomingMessage } from 'node:http';
import { columnOf } from '../domain/client-columns.ts';
import { CarillonError } from '../domain/errors.ts';
import { traceparentOf } from '../graphql/finished-operation.ts';
import type { RecordOperation } from '../graphql/finished-operation.ts';
import { callerFields } from '../graphql/operation-log.ts';
import { severityOf, toPublicError } from '../graphql/errors.ts';
import { logApiOperation } from '../log.ts';
import type { Log } from '../log.ts';
import type { ImportConflict } from '../operations/import-clients.ts';
import type { FileImport, ImportClientFile } from '../operations/import-client-file.ts';
import { headerFaultCodes, toClientRows } from './client-columns.ts';
import { csvFaultCodes, readCsv } from './csv-reader.ts';
import type { Exchange, Route } from './exchange.ts';
import { sendError, sendJson } from './exchange.ts';
import { readAtPace } from './paced-body.ts';
import type { Pace } from './paced-body.ts';
import type { RequireRole } from './require-role.ts';

export interface ClientImportOptions {
  readonly importClientFile: ImportClientFile;
  readonly requireRole: RequireRole;
  readonly log: Log;
  /** Told of each that ended. */
  readonly record?: RecordOperation;
  /** What a sender has to keep: after a minute of waiting 1 KiB for each further second. */
  readonly pace?: Pace;
}

const defaultPace: Pace = { graceMs: 60_000, bytesPerSecond: 1_024 };
const conflicts = ['UPDATE', 'SKIP'] as const satisfies readonly ImportConflict[];
const unreadableCodes: ReadonlySet<string> = new Set([...csvFaultCodes, ...headerFaultCodes]);

export function makeClientImportRoute(options: ClientImportOptions): Route {
  const { importClientFile, requireRole, log: serviceLog, record, pace = defaultPace } = options;
  return {
    path: '/clients/import',
    methods: ['POST'],
    takesStreams: true,
    handle: async (exchange) => {
      const { request, response, requestId, log } = exchange;
      const principal = await requireRole(exchange, 'operator');
      if (principal === null) return;
      // A page of another origin cannot send this type without being permitted to.
      if (!isPlainCsv(request)) {
        return sendError(exchange, 415, 'UNSUPPORTED_MEDIA_TYPE', 'The body must be text/csv in UTF-8, not compressed.');
      }
      const onConflict = readConflict(exchange.search);
      if (onConflict === null) {
        return sendError(exchange, 400, 'BAD_USER_INPUT', 'The only parameter is onConflict=UPDATE (default) or onConflict=SKIP, once.');
      }
      const startedAt = performance.now();
      const result = await importClientFile({ rows: toClientRows(readCsv(readAtPace(request, pace))), onConflict, log });
      const fault = result.brokenOffBy === null ? null : toFault(exchange, result.brokenOffBy);
      const durationMs = Math.round(performance.now() - startedAt);
      record?.({
        operation: 'importClientFile',
        type: 'mutation',
        outcome: fault === null ? 'ok' : 'error',
        durationMs,
        requestId,
        transport: 'http',
        traceparent: traceparentOf(request),
      });
      const errors = fault === null ? {} : { errors: [fault.code] };
      logApiOperation(serviceLog, {
        requestId,
        operation: 'importClientFile',
        transport: 'http',
        durationMs,
        ...callerFields(principal),
        ...errors,
      });
      // The sender hung up: nobody is there to read.
      if (response.destroyed) return;
      response.setHeader('cache-control', 'no-store');
      if (fault === null) return sendJson(response, 200, toCounts(result));
      if (fault.status === 408) response.setHeader('connection', 'close');
      const error = { message: fault.message, extensions: { code: fault.code, requestId } };
      sendJson(response, fault.status, { errors: [error], written: { ...toCounts(result), lastRow: result.lastRow } });
    },
  };
}

function isPlainCsv({ headers }: IncomingMessage): boolean {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  const charsets = parameters.map((parameter) => parameter.trim()).filter((parameter) => parameter.startsWith('charset='));
  const encoding = headers['content-encoding'] ?? 'identity';
  return type.trim() === 'text/csv' && charsets.every((charset) => /^charset="?utf-?8"?$/.test(charset)) && encoding === 'identity';
}

/** null: not to be understood. A parameter that is misspelt must not become an import that overwrites. */
function readConflict(search: string): ImportConflict | null {
  const parameters = [...new URLSearchParams(search)];
  if (parameters.length === 0) return 'UPDATE';
  const [[name, value] = []] = parameters;
  if (parameters.length > 1 || name !== 'onConflict') return null;
  return conflicts.find((conflict) => conflict === value) ?? null;
}

interface Fault {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

const again = 'What is counted is written; the same file can be sent again, nothing is doubled.';

function toFault({ request, requestId, log }: Exchange, error: unknown): Fault {
  if (error instanceof CarillonError && unreadableCodes.has(error.code)) return { status: 400, code: error.code, message: error.message };
  if (error instanceof CarillonError && error.code === 'TOO_SLOW') {
    return { status: 408, code: 'REQUEST_TIMEOUT', message: `${error.message} ${again}` };
  }
  if (request.destroyed && !request.complete) return { status: 400, code: 'BODY_BROKEN_OFF', message: 'The body broke off.' };
  const severity = severityOf(error) ?? 'error';
  log[severity]({ err: error }, 'a client import failed');
  const { extensions } = toPublicError({ message: 'Internal error' }, error, requestId);
  return extensions?.['code'] === 'SERVICE_UNAVAILABLE'
    ? { status: 503, code: 'SERVICE_UNAVAILABLE', message: `The database does not answer at the moment. ${again}` }
    : { status: 500, code: 'INTERNAL_SERVER_ERROR', message: `Internal error. ${again}` };
}

function toCounts({ created, updated, skipped, failed, rowErrors }: FileImport): object {
  return {
    created,
    updated,
    skipped,
    failed,
    rowErrors: rowErrors.map(({ row, code, field, message }) => ({ row, code, field: field.map(columnOf), message })),
  };
}

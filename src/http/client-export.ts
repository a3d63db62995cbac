// GET /clients/{id}/export.json: everything that is stored about one client, for whoever answers that client's question.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { severityOf, toPublicError } from '../graphql/errors.ts';
import { isIdentifier } from '../graphql/identifier.ts';
import { callerFields } from '../graphql/operation-log.ts';
import { logApiOperation } from '../log.ts';
import type { Log } from '../log.ts';
import type { ClientExport, ExportClient } from '../operations/export-client.ts';
import type { Exchange, Route } from './exchange.ts';
import { sendError } from './exchange.ts';
import type { RequireRole } from './require-role.ts';

export interface ClientExportOptions {
  readonly exportClient: ExportClient;
  readonly requireRole: RequireRole;
  readonly log: Log;
}

export function makeClientExportRoute({ exportClient, requireRole, log: serviceLog }: ClientExportOptions): Route {
  return {
    path: '/clients/{id}/export.json',
    methods: ['GET'],
    handle: async (exchange) => {
      const { request, response, requestId, parameters } = exchange;
      const principal = await requireRole(exchange, 'operator');
      if (principal === null) return;
      if (exchange.search.length > 1) return sendError(exchange, 400, 'BAD_USER_INPUT', 'There are no parameters.');
      const clientId = parameters['id'] ?? '';
      const startedAt = performance.now();
      const found = await open(exchange, async () => (isIdentifier(clientId) ? exportClient({ id: clientId }) : null));
      if (found === null) return;
      response.setHeader('content-type', 'application/json; charset=utf-8');
      response.setHeader('content-disposition', `attachment; filename="client-${clientId}.json"`);
      response.setHeader('cache-control', 'no-store');
      const isWhole = await send(
        exchange,
        request.method === 'HEAD' ? Readable.from([]) : Readable.from(found.parts, { highWaterMark: 1 }),
      );
      logApiOperation(serviceLog, {
        requestId,
        operation: 'exportClient',
        transport: 'http',
        durationMs: Math.round(performance.now() - startedAt),
        clientId,
        ...callerFields(principal),
        ...(isWhole ? {} : { errors: ['BROKEN_OFF'] }),
      });
    },
  };
}

/** null: the exchange has been answered. */
async function open(exchange: Exchange, find: () => Promise<ClientExport | null>): Promise<ClientExport | null> {
  try {
    const found = await find();
    if (found === null) sendError(exchange, 404, 'NOT_FOUND', 'There is no client with this id.');
    return found;
  } catch (error) {
    const { message, extensions } = toPublicError({ message: 'Internal error' }, error, exchange.requestId);
    if (extensions?.['code'] !== 'SERVICE_UNAVAILABLE') throw error;
    exchange.log.warn({ err: error }, 'an export could not begin');
    sendError(exchange, 503, 'SERVICE_UNAVAILABLE', message);
    return null;
  }
}

/** False when the reader hung up or a page could not be read: then the connection is broken, so that half a document never looks whole. */
async function send({ response, log }: Exchange, source: Readable): Promise<boolean> {
  try {
    await pipeline(source, response);
    return true;
  } catch (error) {
    const isHangUp = error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
    if (!isHangUp) log[severityOf(error) ?? 'error']({ err: error }, 'an export broke off');
    response.destroy();
    return false;
  }
}

// The WebSocket door: graphql-transport-ws on the HTTP server's own port and path. Connections, limits, pings and closing stand here;
// what an operation does, in websocket-operations.
import { STATUS_CODES } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { BaseContext } from '@apollo/server';
import { CloseCode, handleProtocols, makeServer } from 'graphql-ws';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { makePlaces } from './caller-limits.ts';
import { makeSubscriptionGroups } from './subscription-groups.ts';
import { makeWebSocketConnection } from './websocket-connection.ts';
import type { PushCounts } from './websocket-connection.ts';
import { makeWebSocketOperations } from './websocket-operations.ts';
import type { WebSocketOperationsOptions } from './websocket-operations.ts';

export interface WebSocketDoorOptions<Context extends BaseContext> extends WebSocketOperationsOptions<Context> {
  /** At a time, counted by caller, and by address as long as nobody was recognised. */
  readonly connectionsPerCaller: number;
  readonly times?: Partial<WebSocketTimes>;
}

export interface WebSocketTimes {
  /** For the client's connection_init: 10 s. */
  readonly initTimeoutMs: number;
  /** Between pings; a connection that has not answered the last one is cut: 15 s. */
  readonly pingMs: number;
  /** From the start of closing until what is left is cut: 5 s. */
  readonly closeMs: number;
}

export interface WebSocketDoor {
  /** Takes over the socket of an upgrade request, from whatever origin. `requestId` stands in the log with each of its operations. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, requestId: string): void;
  /** Completes every subscription, lets running operations answer, closes with 1001, cuts what is left after `closeMs`. */
  close(): Promise<void>;
  counts(): { readonly connections: number; readonly groups: number; readonly members: number };
  /** Since the start, over all connections. */
  pushes(): Readonly<PushCounts>;
  /** What the slowest reader has been sent and not yet taken: bounded, whatever it does. */
  mostUnsentBytes(): number;
}

const standardTimes: WebSocketTimes = { initTimeoutMs: 10_000, pingMs: 15_000, closeMs: 5_000 };
/** A document of 2,000 tokens with its variables fits; imports of clients go over HTTP. */
export const mostPayloadBytes = 64 * 1024;

export function makeWebSocketDoor<Context extends BaseContext>(options: WebSocketDoorOptions<Context>): WebSocketDoor {
  const { log } = options;
  const { initTimeoutMs, pingMs, closeMs } = { ...standardTimes, ...options.times };
  const groups = makeSubscriptionGroups<Buffer>();
  /** What each connection is still doing, for closing. */
  const connections = new Map<WebSocket, Set<Promise<void>>>();
  const waitingPlaces = makePlaces({ perCaller: options.connectionsPerCaller });
  const places = makePlaces({ perCaller: options.connectionsPerCaller });
  const pushes: PushCounts = { written: 0, skipped: 0 };
  let closing = false;

  const protocol = makeServer({
    connectionInitWaitTimeout: initTimeoutMs,
    ...makeWebSocketOperations({ ...options, groups, places, isClosing: () => closing }),
  });
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: mostPayloadBytes,
    handleProtocols,
    // One message per turn: an operation that ends has ended before the next message may use its id again.
    allowSynchronousEvents: false,
  });

  const open = (socket: WebSocket, transport: Duplex, requestId: string, remoteAddress: string, leaveWaiting: () => void): void => {
    const running = new Set<Promise<void>>();
    connections.set(socket, running);
    const gone = new AbortController();
    const connection = makeWebSocketConnection(socket, transport, pushes);
    const onSocketClosed = protocol.opened(
      {
        protocol: socket.protocol,
        send: connection.send,
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) => {
          socket.on('message', (data) => {
            const handled = handle(Buffer.isBuffer(data) ? data.toString() : '')
              .catch((error: unknown) => onHandlingFault(socket, error))
              .finally(() => running.delete(handled));
            running.add(handled);
          });
        },
      },
      {
        connection,
        requestId,
        remoteAddress,
        leaveWaiting,
        session: { principal: null, close: (code, reason) => socket.close(code, reason), gone: gone.signal },
        operationCount: 0,
        subscriptions: new Map(),
      },
    );
    const stopPinging = keepAlive(socket, pingMs);
    socket.on('error', (error) => log.debug({ err: error, requestId }, 'WebSocket fault'));
    socket.on('close', (code, reason) => {
      stopPinging();
      gone.abort();
      connections.delete(socket);
      onSocketClosed(code, String(reason)).catch((error: unknown) => log.error({ err: error, requestId }, 'WebSocket not closed cleanly'));
    });
  };

  /** graphql-ws throws for messages that only a server may send, and for faults of our own hooks. */
  const onHandlingFault = (socket: WebSocket, error: unknown): void => {
    if (error instanceof Error && error.message.startsWith('Unexpected message of type')) {
      socket.close(CloseCode.BadRequest, 'Invalid message received');
      return;
    }
    log.error({ err: error }, 'WebSocket operation failed');
    socket.close(CloseCode.InternalServerError, 'Internal server error');
  };

  const closeConnection = async (socket: WebSocket, running: Set<Promise<void>>, grace: Promise<void>): Promise<void> => {
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await Promise.race([Promise.all(running), grace]);
    socket.close(1001, 'Going away');
    await closed;
  };

  return {
    upgrade: (request, socket, head, requestId) => {
      if (closing) return refuseUpgrade(socket, 503);
      const remoteAddress = request.socket.remoteAddress ?? '';
      const leaveWaiting = waitingPlaces.take(remoteAddress);
      if (leaveWaiting === null) return refuseUpgrade(socket, 429, { 'Retry-After': '5' });
      socket.once('close', leaveWaiting);
      webSockets.handleUpgrade(request, socket, head, (webSocket) => open(webSocket, socket, requestId, remoteAddress, leaveWaiting));
    },
    close: async () => {
      closing = true;
      const done = new AbortController();
      const grace = delay(closeMs / 2, undefined, { signal: done.signal }).catch(() => {});
      const cut = setTimeout(() => {
        for (const socket of connections.keys()) socket.terminate();
      }, closeMs);
      groups.close();
      await Promise.all([...connections].map(([socket, running]) => closeConnection(socket, running, grace)));
      clearTimeout(cut);
      done.abort();
    },
    counts: () => ({ connections: connections.size, ...groups.counts() }),
    pushes: () => pushes,
    mostUnsentBytes: () => Math.max(0, ...connections.keys().map((socket) => socket.bufferedAmount)),
  };
}

/** Notices clients that are gone without a word, and those that have stopped reading for good. */
function keepAlive(socket: WebSocket, pingMs: number): () => void {
  let answered = true;
  socket.on('pong', () => (answered = true));
  const timer = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, pingMs);
  return () => clearInterval(timer);
}

/** Answers an upgrade request with a status instead of a WebSocket. */
export function refuseUpgrade(socket: Duplex, status: number, headers: Readonly<Record<string, string>> = {}): void {
  const text = STATUS_CODES[status] ?? '';
  const lines = Object.entries({ ...headers, Connection: 'close', 'Content-Type': 'text/plain', 'Content-Length': String(text.length) });
  socket.on('error', () => {});
  socket.end(`HTTP/1.1 ${status} ${text}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${text}`);
}

// A WebSocket that keeps every text it receives, for tests that look at the protocol itself: frames, close codes, clients that stop reading.
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { eventually } from './eventually.ts';

export interface Frame {
  readonly id?: string;
  readonly type: string;
  readonly payload?: unknown;
}

export interface RawWebSocket extends Disposable {
  readonly socket: WebSocket;
  /** Texts as they came. */
  readonly texts: readonly string[];
  readonly frames: () => readonly Frame[];
  send(frame: object | string): void;
  subscribe(id: string, query: string, variables?: object): void;
  /** The first frame that fulfils the predicate, received already or to come. */
  frame(predicate: (frame: Frame) => boolean, timeoutMs?: number): Promise<Frame>;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

export interface RawWebSocketOptions {
  readonly protocol?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** connectionParams; null: connection_init is not sent. */
  readonly init?: object | null;
}

/** Connects to `url` (http://…) and is acknowledged, unless `init` is null. Rejects with the HTTP status when the upgrade is refused. */
export async function openWebSocket(url: string, options: RawWebSocketOptions = {}): Promise<RawWebSocket> {
  const { protocol = 'graphql-transport-ws', headers = {}, init = {} } = options;
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, protocol === '' ? [] : [protocol], { headers });
  const texts: string[] = [];
  const frames: Frame[] = [];
  socket.on('message', (data: Buffer) => {
    texts.push(data.toString());
    frames.push(JSON.parse(data.toString()));
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })),
  );
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
    socket.once('unexpected-response', (_request, response: IncomingMessage) => {
      response.resume();
      reject(new Error(`refused with ${response.statusCode}`));
    });
  });
  socket.on('error', () => {});

  const raw: RawWebSocket = {
    socket,
    texts,
    frames: () => frames,
    closed,
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    subscribe: (id, query, variables = {}) => raw.send({ id, type: 'subscribe', payload: { query, variables } }),
    frame: (predicate, timeoutMs = 30_000) =>
      eventually(
        () => {
          const found = frames.find(predicate);
          if (found === undefined) throw new Error(`no such frame among ${JSON.stringify(frames.slice(-5)).slice(0, 2_000)}`);
          return found;
        },
        { timeoutMs },
      ),
    [Symbol.dispose]: () => socket.terminate(),
  };
  if (init !== null) {
    raw.send({ type: 'connection_init', payload: init });
    await raw.frame((frame) => frame.type === 'connection_ack');
  }
  return raw;
}

// The scripted provider: answers as a test tells it to, and keeps an append-only ledger of every request, which is the oracle of the tests.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { readSendBody, toMessageId } from '../../src/simulator/contract.ts';
import type { SendBody } from '../../src/simulator/contract.ts';
import { watchForStalls } from './stall-watch.ts';
import { accept, agreedBody, answer } from './stub-behaviours.ts';
import type { Behaviour } from './stub-behaviours.ts';

/** One request as it came. */
export interface StubRequest {
  /** Epoch milliseconds at which the whole request was there. */
  readonly at: number;
  /** Epoch milliseconds before it, at which it was not there yet: as `at`, but for a stall of this process. */
  readonly since: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawBody: string;
  /** As in the path; empty when that has none. */
  readonly msgId: string;
  /** 1 for the first request with this msgId. */
  readonly attempt: number;
  /** Exact digits and text; null when the request breaks the contract. */
  readonly body: SendBody | null;
  /** How the request breaks the contract: such a request is answered 400, whatever the script says. */
  readonly faults: readonly string[];
}

export interface StubEntry extends StubRequest {
  /** Whether the message was taken. Set before the answer goes out. */
  readonly accepted: boolean;
  /** Epoch milliseconds at which the whole answer was handed to the socket; absent while, or when, there is none. */
  readonly answeredAt?: number;
}

export type Script = (request: StubRequest) => Behaviour | Promise<Behaviour>;

export interface StubProvider {
  /** For PROVIDER_URL: up to and including /v1. */
  readonly url: string;
  /** Every request in the order of arrival. */
  readonly ledger: readonly StubEntry[];
  /** Whole seconds in which the stub itself stood still. */
  readonly stalledSeconds: ReadonlySet<number>;
  byMessage(): ReadonlyMap<string, readonly StubEntry[]>;
  accepted(): readonly StubEntry[];
  /** From now on, for requests not yet answered. */
  behave(script: Script): void;
  /** Resolves with the ledger once it has `count` entries; rejects after `timeoutMs`. */
  waitForRequests(count: number, options?: { readonly timeoutMs?: number }): Promise<readonly StubEntry[]>;
  /** Requests are taken into the ledger, then wait for `release` before the script is asked. */
  holdAll(): void;
  release(): void;
  /** Connections accepted since the start, and those open now. */
  connections(): { readonly opened: number; readonly open: number };
  /** Cuts every open connection, busy or idle. */
  cutConnections(): void;
  /** Refuses connections and cuts the open ones, until `comeBack` on the same port. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

/** A stub on a free loopback port; without a script it accepts everything that keeps the contract. */
export async function startStubProvider({ script = () => accept() }: { readonly script?: Script } = {}): Promise<StubProvider> {
  const ledger: (StubEntry & { accepted: boolean; answeredAt?: number })[] = [];
  const attempts = new Map<string, number>();
  const waiting = new Set<() => void>();
  const sockets = new Set<Socket>();
  const stalls = watchForStalls();
  let opened = 0;
  let currentScript = script;
  let held: PromiseWithResolvers<void> | undefined;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      // The client went away in the middle of its request: there is no request to keep.
      return;
    }
    const entry = { ...toRequest(request, Buffer.concat(chunks)), accepted: false };
    ledger.push(entry);
    for (const look of waiting) look();
    await held?.promise;
    const behaviour = entry.faults.length > 0 ? answer(400, { body: entry.faults.join('; ') }) : await currentScript(entry);
    entry.accepted = behaviour.accepted;
    if (await act(behaviour, response)) Object.assign(entry, { answeredAt: Date.now() });
  }

  function toRequest(request: IncomingMessage, bytes: Buffer): StubRequest {
    const path = request.url ?? '';
    const msgId = toMessageId(path);
    const read = msgId === null ? { reasons: [`no such path: ${path}`] } : readSendBody(msgId, request.headers['content-type'], bytes);
    const faults = 'reasons' in read ? read.reasons : [];
    if (request.method !== 'POST') faults.push(`the method must be POST, not ${request.method}`);
    const attempt = (attempts.get(msgId ?? '') ?? 0) + 1;
    attempts.set(msgId ?? '', attempt);
    return {
      at: Date.now(),
      since: stalls.since(),
      method: request.method ?? '',
      path,
      headers: request.headers,
      rawBody: bytes.toString('utf8'),
      msgId: msgId ?? '',
      attempt,
      body: 'reasons' in read ? null : read,
      faults,
    };
  }

  const server = createServer((request, response) => void handle(request, response));
  server.on('connection', (socket) => {
    opened += 1;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  async function listen(port: number): Promise<number> {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  async function stop(): Promise<void> {
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  const port = await listen(0);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    ledger,
    stalledSeconds: stalls.stalledSeconds,
    byMessage: () => Map.groupBy(ledger, (entry) => entry.msgId),
    accepted: () => ledger.filter((entry) => entry.accepted),
    behave(next) {
      currentScript = next;
    },
    waitForRequests(count, { timeoutMs = 60_000 } = {}) {
      const { promise, resolve, reject } = Promise.withResolvers<readonly StubEntry[]>();
      const timer = setTimeout(() => reject(new Error(`${ledger.length} of ${count} requests came within ${timeoutMs} ms`)), timeoutMs);
      const look = (): void => {
        if (ledger.length >= count) resolve(ledger);
      };
      waiting.add(look);
      look();
      return promise.finally(() => {
        clearTimeout(timer);
        waiting.delete(look);
      });
    },
    holdAll() {
      held ??= Promise.withResolvers();
    },
    release() {
      held?.resolve();
      held = undefined;
    },
    connections: () => ({ opened, open: sockets.size }),
    cutConnections: () => server.closeAllConnections(),
    goDown: stop,
    async comeBack() {
      await listen(port);
    },
    async close() {
      held?.resolve();
      stalls.stop();
      await stop();
    },
  };
}

/** Whether a whole answer went out. */
async function act(behaviour: Behaviour, response: ServerResponse): Promise<boolean> {
  switch (behaviour.kind) {
    case 'answer':
      if (behaviour.delayMs > 0) await wait(behaviour.delayMs, undefined, { ref: false });
      return giveAnswer(behaviour, response);
    case 'drip':
      return dripAnswer(behaviour.everyMs, response);
    case 'truncate':
      response.writeHead(behaviour.status, { 'content-type': 'application/json', 'content-length': agreedBody.length });
      response.write(agreedBody.slice(0, 10), () => response.socket?.destroySoon());
      return false;
    case 'raw':
      response.socket?.end(behaviour.bytes);
      return false;
    case 'hang':
      return false;
    case 'reset':
      response.socket?.resetAndDestroy();
      return false;
    default:
      return behaviour satisfies never;
  }
}

async function giveAnswer(given: Extract<Behaviour, { kind: 'answer' }>, response: ServerResponse): Promise<boolean> {
  const { status, body, headers, closeAfter } = given;
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers });
  const { socket } = response;
  response.end(body);
  if (closeAfter) socket?.end();
  // Neither comes when the client went away before.
  return new Promise((resolve) => response.once('finish', () => resolve(true)).once('close', () => resolve(response.writableFinished)));
}

async function dripAnswer(everyMs: number, response: ServerResponse): Promise<boolean> {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': agreedBody.length });
  for (const byte of agreedBody) {
    if (response.destroyed) return false;
    response.write(byte);
    await wait(everyMs, undefined, { ref: false });
  }
  response.end();
  return true;
}

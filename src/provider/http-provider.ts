// Speaks HTTP to the provider: one POST per message over a pool of keep-alive connections. Never rejects, never follows a redirect,
// never repeats a request by itself.
import { Pool } from 'undici';
import type { Dispatcher } from 'undici';
import type { Provider, SendOutcome, SendRequest, SendResult } from '../domain/send-outcome.ts';
import { makeDeadlineSweep } from './deadline-sweep.ts';
import type { DeadlineSweep, Timed } from './deadline-sweep.ts';
import { toFaultOutcome, toTimeoutOutcome } from './network-fault.ts';
import { toSendOutcome } from './provider-response.ts';
import { toInstant } from './retry-after.ts';
import type { TokenSource } from './token-source.ts';

export interface HttpProviderOptions {
  /** The base up to and including /v1. */
  readonly url: string;
  readonly token: TokenSource;
  /** Sockets to the provider. Callers hold no more requests than this open: what is above it waits inside, its time running. */
  readonly connections: number;
}

// What the contract's answers need is far below a kilobyte; more is somebody else's page.
const largestAnswerBytes = 64 * 1024;

// A connection that takes longer will not come; until then an unwritten request would keep its place in the pool.
const connectTimeoutMs = 10_000;

/** The provider behind `url`. A deadline is noticed within about 20 ms; `close` waits for the requests in flight, then drops every socket. */
export function makeHttpProvider({ url, token, connections }: HttpProviderOptions): Provider {
  const base = new URL(url);
  const pathPrefix = `${base.pathname.replace(/\/+$/, '')}/send/`;
  const sweep = makeDeadlineSweep();
  // Ends sockets that are still connecting, which undici's own destroy leaves to their timeout.
  const sockets = new AbortController();
  const pool = new Pool(base.origin, {
    connections,
    pipelining: 1,
    allowH2: false,
    // The whole request has one deadline, kept by the sweep.
    headersTimeout: 0,
    bodyTimeout: 0,
    connectTimeout: connectTimeoutMs,
    maxResponseSize: largestAnswerBytes,
    connect: { signal: sockets.signal },
  });
  let inFlight = 0;
  let closing = false;
  const idle = Promise.withResolvers<void>();
  let headers: string[] = [];
  let headersGeneration = -1;

  function currentHeaders(): string[] {
    const generation = token.generation();
    if (generation !== headersGeneration) {
      headers = headersWith(token.current());
      headersGeneration = generation;
    }
    return headers;
  }

  function send({ messageId, phone, textJson, timeoutMs, startWithinMs = timeoutMs, traceparent }: SendRequest): Promise<SendResult> {
    if (closing) return Promise.resolve(toFaultOutcome(new Error('the provider client is closed'), false));
    inFlight += 1;
    return new Promise((resolve) => {
      const exchange = new Exchange(timeoutMs, startWithinMs, sweep, (outcome) => {
        inFlight -= 1;
        if (closing && inFlight === 0) idle.resolve();
        resolve(outcome);
      });
      pool.dispatch(
        {
          path: pathPrefix + messageId,
          method: 'POST',
          headers: traceparent === undefined ? currentHeaders() : [...currentHeaders(), 'traceparent', traceparent],
          // By hand: the id must not pass through a JavaScript number, the phone is a JSON number, the text is serialised once per portion.
          body: `{"id":${messageId},"phone":${phone},"text":${textJson}}`,
          blocking: false,
        },
        exchange,
      );
    });
  }

  return {
    send,
    tokenGeneration: () => token.generation(),
    giveUp: () => sweep.expireAll(),
    async close() {
      closing = true;
      if (inFlight > 0) await idle.promise;
      sockets.abort();
      await pool.destroy();
    },
  };
}

function headersWith(token: string | undefined): string[] {
  const headers = ['content-type', 'application/json', 'accept', 'application/json'];
  if (token !== undefined) headers.push('authorization', `Bearer ${token}`);
  return headers;
}

// Thrown into undici to give up a request before it is written: unlike an abort it leaves the new connection usable.
const tooLate = new Error('the time of the request was up before it was written');
const timeUp = new Error('the time of the request is up');

/** One request and its answer, from dispatch to outcome. */
class Exchange implements Dispatcher.DispatchHandler, Timed {
  readonly deadline: number;
  readonly #timeoutMs: number;
  readonly #sweep: DeadlineSweep;
  readonly #startBy: number;
  readonly #settle: (outcome: SendResult) => void;
  // Set as soon as undici begins to write the request: from then on the provider may have seen it.
  #controller: Dispatcher.DispatchController | undefined;
  #settled = false;
  #status: number | undefined;
  #retryAfter: string | undefined;
  #date: string | undefined;
  #chunks: Buffer[] | undefined;
  #body: Buffer | undefined;

  constructor(timeoutMs: number, startWithinMs: number, sweep: DeadlineSweep, settle: (outcome: SendResult) => void) {
    const now = performance.now();
    this.deadline = now + timeoutMs;
    this.#startBy = now + startWithinMs;
    this.#timeoutMs = timeoutMs;
    this.#sweep = sweep;
    this.#settle = settle;
    sweep.add(this);
  }

  expire(): void {
    const written = this.#controller !== undefined;
    // Less than its time when the process is to end.
    const tookMs = Math.min(this.#timeoutMs, Math.round(this.#timeoutMs - (this.deadline - performance.now())));
    // A status that came before the time was up is an answer, even when its body is still dripping; only a 200 needs its body.
    this.#end(this.#status === undefined || this.#status === 200 ? toTimeoutOutcome(tookMs, written) : this.#answer(null));
    this.#controller?.abort(timeUp);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Connecting may have taken long. A process that was frozen meanwhile may come here before the sweep does.
    const now = performance.now();
    if (!this.#settled && now >= this.deadline) this.expire();
    if (!this.#settled && now >= this.#startBy) this.#end({ kind: 'not-started' });
    if (this.#settled) throw tooLate;
    this.#controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (statusCode < 200) return;
    this.#status = statusCode;
    this.#retryAfter = firstOf(headers['retry-after']);
    this.#date = firstOf(headers['date']);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#body === undefined) this.#body = chunk;
    else (this.#chunks ??= [this.#body]).push(chunk);
  }

  onResponseEnd(): void {
    const body = this.#chunks === undefined ? this.#body : Buffer.concat(this.#chunks);
    this.#end(this.#answer(body === undefined ? '' : body.toString('utf8')));
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#status === undefined) this.#end(toFaultOutcome(error, this.#controller !== undefined));
    else this.#end(this.#answer(null));
  }

  #answer(body: string | null): SendOutcome {
    const answeredAt = toInstant(this.#date ?? '');
    return toSendOutcome({ status: this.#status ?? 0, retryAfter: this.#retryAfter, body, answeredAt });
  }

  #end(outcome: SendResult): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#sweep.remove(this);
    this.#settle(outcome);
  }
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

// The provider simulator: an HTTP server that keeps the provider's contract strictly and fails on demand. Nothing real is ever sent.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { largestBodyBytes, readSendBody, toMessageId } from './contract.ts';
import type { SendBody } from './contract.ts';
import { makeFates } from './fate.ts';
import { describeTotals, openLedger } from './ledger.ts';
import type { DrawnFate, Fate, SimulatorTotals } from './ledger.ts';
import type { SimulatorSettings } from './settings.ts';

export interface SimulatorOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly settings: SimulatorSettings;
  /** Gets the notice at the start, the totals every few seconds while requests come, and the last totals at the end. */
  readonly print: (line: string) => void;
}

export interface Simulator {
  /** What PROVIDER_URL must be: up to and including /v1. */
  readonly url: string;
  readonly port: number;
  totals(): SimulatorTotals;
  /** Cuts the requests still open, prints the last totals. */
  close(): Promise<void>;
}

const printEveryMs = 5000;

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Verdict {
  readonly fate: Fate;
  readonly answer: Answer | 'hang' | 'reset';
  /** What a request that keeps the contract carries. */
  readonly sent?: SendBody;
}

/** Rejects when the address cannot be listened on or the ledger file cannot be opened. */
export async function startSimulator({ host, port, settings, print }: SimulatorOptions): Promise<Simulator> {
  const ledger = await openLedger(settings.ledgerFile);
  const fates = makeFates(settings);
  const startedAt = performance.now();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await readBody(request);
    // The client went away in the middle of its request.
    if (bytes === null) return;
    const { fate, answer, sent } = judge(request, bytes);
    ledger.write({ at: Date.now(), fate, msgId: sent?.id ?? null, phone: sent?.phone ?? null, text: sent?.text ?? null });
    const latencyMs = fates.latencyMs();
    if (latencyMs > 0) await wait(latencyMs, undefined, { ref: false });
    if (answer === 'hang') return;
    if (answer === 'reset') response.socket?.resetAndDestroy();
    else respond(response, answer);
  }

  function judge(request: IncomingMessage, bytes: Buffer): Verdict {
    const atDoor = fates.atDoor(performance.now() - startedAt);
    if (atDoor === 'down') return { fate: 'down', answer: fault(503, 'simulated outage') };
    if (atDoor === 'limited') return { fate: 'limited', answer: { ...fault(429, 'too many requests'), headers: { 'retry-after': '1' } } };
    if (settings.token !== undefined && request.headers.authorization !== `Bearer ${settings.token}`) {
      return { fate: 'unauthorized', answer: fault(401, 'token missing or wrong') };
    }
    const messageId = toMessageId(request.url ?? '');
    if (messageId === null) return { fate: 'refused', answer: fault(404, 'the path must be /v1/send/{msgId}, msgId a 64-bit integer') };
    if (request.method !== 'POST')
      return { fate: 'refused', answer: { ...fault(405, 'the method must be POST'), headers: { allow: 'POST' } } };
    const sent = readSendBody(messageId, request.headers['content-type'], bytes);
    if ('reasons' in sent) return { fate: 'refused', answer: fault(400, ...sent.reasons) };
    const fate = fates.draw();
    return { fate, answer: answers[fate], sent };
  }

  const server = createServer((request, response) => void handle(request, response));
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  const boundPort = typeof address === 'object' && address !== null ? address.port : port;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${boundPort}/v1`;

  print(`PROVIDER SIMULATOR on ${url}: NOTHING REAL IS SENT, messages only seem to be accepted (seed ${settings.seed})`);
  let printed = 0;
  const printing = setInterval(() => {
    const totals = ledger.totals();
    if (totals.received === printed) return;
    printed = totals.received;
    print(`provider simulator: ${describeTotals(totals)}`);
  }, printEveryMs).unref();

  return {
    url,
    port: boundPort,
    totals: () => ledger.totals(),
    async close() {
      clearInterval(printing);
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      await ledger.close();
      print(`provider simulator ended: ${describeTotals(ledger.totals())}`);
    },
  };
}

const answers: Readonly<Record<DrawnFate, Answer | 'hang' | 'reset'>> = {
  accepted: { status: 200, body: '{"code":0,"message":"OK"}' },
  failed: fault(500, 'simulated failure'),
  refused: fault(400, 'simulated refusal'),
  garbage: { status: 200, body: '<html><body>It works!</body></html>', headers: { 'content-type': 'text/html' } },
  hung: 'hang',
  reset: 'reset',
};

function fault(status: number, ...reasons: readonly string[]): Answer {
  return { status, body: JSON.stringify({ code: 1, message: reasons.join('; ') }) };
}

function respond(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

/** The body, cut soon after the limit; null when the client broke off. */
function readBody(request: IncomingMessage): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      // The rest is read and dropped, so that the client gets its answer instead of a reset.
      if (length > largestBodyBytes) return;
      chunks.push(chunk);
      length += chunk.length;
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('close', () => resolve(null));
  });
}

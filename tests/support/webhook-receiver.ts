// A real receiver of webhooks that keeps what comes, and answers, refuses, redirects or hangs as a test tells it.
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

export const webhookSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

export interface ReceivedWebhook {
  readonly id: string;
  readonly timestamp: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly payload: { readonly type: string; readonly timestamp: string; readonly data: Readonly<Record<string, unknown>> };
}

export interface WebhookReceiver extends AsyncDisposable {
  readonly url: string;
  readonly received: ReceivedWebhook[];
  /** Requests without an answer at this moment. */
  readonly open: () => number;
  /** What the nth request (from 1) is answered with; unless told, 204. A function takes the answer over. */
  answer(how: (nth: number) => number | ((response: ServerResponse) => void)): void;
}

export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  const open = new Set<ServerResponse>();
  let how: (nth: number) => number | ((response: ServerResponse) => void) = () => 204;
  const server = createServer((request, response) => {
    open.add(response);
    response.on('close', () => open.delete(response));
    void readBody(request).then((body) => {
      received.push({
        id: String(request.headers['webhook-id']),
        timestamp: Number(request.headers['webhook-timestamp']),
        headers: request.headers,
        body,
        payload: JSON.parse(body) as ReceivedWebhook['payload'],
      });
      const answer = how(received.length);
      if (typeof answer === 'function') answer(response);
      else response.writeHead(answer).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    received,
    open: () => open.size,
    answer: (given) => void (how = given),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As a receiver checks it. Throws when the signature is not ours. */
export function verify({ body, headers }: ReceivedWebhook, secret = webhookSecret): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

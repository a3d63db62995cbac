// Speaks HTTP to the receiver of webhooks: one signed POST per attempt, as Standard Webhooks has it. Never follows a redirect, reads
// nothing of an answer but its status.
import { Webhook } from 'standardwebhooks';
import { Agent, request } from 'undici';
import type { PostWebhook, WebhookEvent, WebhookOutcome } from '../domain/webhook.ts';

interface SenderOptions {
  readonly url: string;
  /** `whsec_…`; each signs, so that a receiver may change from one to the next. */
  readonly secrets: readonly string[];
  /** For the whole request. Milliseconds; 15 s unless given. */
  readonly timeoutMs?: number;
}

export interface WebhookSender extends AsyncDisposable {
  readonly post: PostWebhook;
}

/** What Standard Webhooks advises: long enough for a slow receiver, which should answer first and work afterwards. */
const TIMEOUT_MS = 15_000;
const CONNECTIONS = 4;
/** Of an answer, to keep its connection; a longer one costs the connection. */
const LARGEST_ANSWER_BYTES = 16 * 1024;

export function makeWebhookSender({ url, secrets, timeoutMs = TIMEOUT_MS }: SenderOptions): WebhookSender {
  const signers = secrets.map((secret) => new Webhook(secret));
  const agent = new Agent({ connections: CONNECTIONS, allowH2: false, connect: { timeout: timeoutMs } });

  const post: PostWebhook = async (event, now, signal) => {
    const body = toBody(event);
    const signedAt = new Date(now);
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await request(url, {
        method: 'POST',
        dispatcher: agent,
        signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Carillon-Webhooks',
          'webhook-id': event.id,
          'webhook-timestamp': String(Math.floor(now / 1_000)),
          'webhook-signature': signers.map((signer) => signer.sign(event.id, signedAt, body)).join(' '),
        },
        body,
      });
      // The status is the answer; what comes after it, or never does, changes nothing.
      await answer.body.dump({ limit: LARGEST_ANSWER_BYTES }).catch(() => undefined);
      return toOutcome(answer.statusCode, answer.headers['retry-after']);
    } catch (error) {
      const reason = limit.aborted ? `no answer within ${timeoutMs / 1_000} s` : inWords(error);
      return { kind: 'failed', reason, retryAfterMs: null };
    }
  };
  return { post, [Symbol.asyncDispose]: async () => agent.destroy() };
}

/** The same bytes at every attempt. */
function toBody({ type, at, data }: WebhookEvent): string {
  return JSON.stringify({ type, timestamp: new Date(at).toISOString(), data });
}

function toOutcome(status: number, retryAfter: string | string[] | undefined): WebhookOutcome {
  if (status >= 200 && status <= 299) return { kind: 'delivered' };
  if (status === 410) return { kind: 'gone' };
  const seconds = typeof retryAfter === 'string' && /^\d{1,6}$/.test(retryAfter.trim()) ? Number(retryAfter) : null;
  const redirect = status >= 300 && status <= 399 ? ', a redirect, which is never followed' : '';
  return { kind: 'failed', reason: `the receiver answered ${status}${redirect}`, retryAfterMs: seconds === null ? null : seconds * 1_000 };
}

/** Of system errors the code, which names no address. */
function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? `no connection: ${error.code}` : error.message;
}

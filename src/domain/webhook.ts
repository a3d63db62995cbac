// What a webhook says, what becomes of it, and when it is tried again.
import type { EpochMs } from './send-window.ts';

export interface WebhookEvent {
  /** The same at every attempt; no two events share it. */
  readonly id: string;
  readonly type: string;
  /** When it happened. */
  readonly at: EpochMs;
  /** Ids and words that are stable: whoever wants more asks the API. */
  readonly data: Readonly<Record<string, unknown>>;
}

export type WebhookOutcome =
  | { readonly kind: 'delivered' }
  /** Anything but 2xx. `retryAfterMs`: what the receiver asks for; null: nothing. */
  | { readonly kind: 'failed'; readonly reason: string; readonly retryAfterMs: number | null }
  /** 410: the receiver wants no more of this one. */
  | { readonly kind: 'gone' };

/** Signs and posts once. Never rejects; gives up after 15 s or when `signal` is aborted. `now`: the database's clock, which is what is signed. */
export type PostWebhook = (event: WebhookEvent, now: EpochMs, signal?: AbortSignal) => Promise<WebhookOutcome>;

// The schedule that the Standard Webhooks specification gives as an example: quick for a hiccup, then patient over a weekend. Seconds.
const delaysSeconds = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400] as const;
const jitter = 0.1;
/** More than that, and it is not this receiver any more. */
const longestRetryAfterMs = 24 * 60 * 60 * 1_000;

/**
 * Milliseconds to wait after `attempts` (1 or more) attempts: 5 s, 5 and 30 min, 2, 5, 10, 14, 20 and 24 h, each +-10 %, and never less
 * than the receiver asks for. null: the tenth was the last, about three days after the first. `random` gives numbers in [0, 1).
 */
export function webhookRetryDelayMs(attempts: number, retryAfterMs: number | null, random: () => number): number | null {
  const seconds = delaysSeconds[attempts - 1];
  if (seconds === undefined) return null;
  const delayMs = Math.round(seconds * 1_000 * (1 - jitter + 2 * jitter * random()));
  return Math.max(delayMs, Math.min(retryAfterMs ?? 0, longestRetryAfterMs));
}

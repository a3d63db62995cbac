// Reads one answer of the provider: which outcome it means. Pure; the network's own faults are in network-fault.ts.
import type { SendOutcome } from '../domain/send-outcome.ts';
import type { EpochMs } from '../domain/send-window.ts';
import { toExcerpt } from './answer-excerpt.ts';
import { toRetryAfterMs } from './retry-after.ts';

export interface ProviderAnswer {
  readonly status: number;
  /** The Retry-After header as it came. */
  readonly retryAfter: string | undefined;
  /** null: larger than the limit, or cut off. */
  readonly body: string | null;
  /** By the provider's own clock, as its Date header says; NaN when it does not. This machine's clock is never asked: it may be wrong. */
  readonly answeredAt: EpochMs;
}

const accepted: SendOutcome = Object.freeze({ kind: 'accepted' });

// The one body that the contract names: told apart without parsing it, as nearly every answer is this one.
const agreedBody = '{"code":0,"message":"OK"}';

/** The outcome that an answer means. The status decides, except that a 200 is an acceptance only with JSON of code 0. */
export function toSendOutcome(answer: ProviderAnswer): SendOutcome {
  const { status, body } = answer;
  if (status === 200) {
    if (body === agreedBody || isAcceptance(body)) return accepted;
    return {
      kind: 'ambiguous',
      code: 'BAD_RESPONSE',
      message: `Answered 200 without the agreed JSON of code 0${quoted(body)}`,
      httpStatus: status,
    };
  }
  // The body of such an answer may repeat the token: it is not quoted.
  if (status === 401 || status === 403) {
    return { kind: 'token-refused', code: `HTTP_${status}`, message: `The provider refused the token with ${status}`, httpStatus: status };
  }
  if (status === 429 || status === 503) {
    const retryAfterMs = toRetryAfterMs(answer.retryAfter, answer.answeredAt);
    if (retryAfterMs !== undefined) {
      const message = `The provider answered ${status} and asks to wait ${Math.ceil(retryAfterMs / 1000)} s${quoted(body)}`;
      return { kind: 'throttled', retryAfterMs, code: `HTTP_${status}`, message, httpStatus: status };
    }
  }
  if (status === 408 || status === 425 || status === 429 || (status >= 500 && status <= 599)) {
    return { kind: 'retry', code: `HTTP_${status}`, message: `The provider answered ${status}${quoted(body)}`, httpStatus: status };
  }
  if (status >= 400 && status <= 499) {
    const code = status === 400 ? 'REJECTED' : `HTTP_${status}`;
    return { kind: 'refused', code, message: `The provider refused the message with ${status}${quoted(body)}`, httpStatus: status };
  }
  if (status >= 300 && status <= 399) {
    const message = `The provider answered ${status}, a redirect, which is never followed`;
    return { kind: 'ambiguous', code: 'REDIRECT', message, httpStatus: status };
  }
  // Another success than the agreed one, or no HTTP status at all: it may have been taken.
  return { kind: 'ambiguous', code: 'BAD_RESPONSE', message: `Unexpected status ${status}${quoted(body)}`, httpStatus: status };
}

function isAcceptance(body: string | null): boolean {
  if (body === null) return false;
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && 'code' in value && value.code === 0;
  } catch {
    return false;
  }
}

function quoted(body: string | null): string {
  if (body === null) return ' (the answer was cut off or too large)';
  const excerpt = toExcerpt(body);
  return excerpt === '' ? ' (empty answer)' : `: ${excerpt}`;
}

// What the stub provider can do with one request. `accepted` says whether the message counts as taken, whatever the client gets to see.
import type { OutgoingHttpHeaders } from 'node:http';

export type Behaviour =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: string;
      readonly headers: OutgoingHttpHeaders;
      readonly delayMs: number;
      readonly accepted: boolean;
      /** End the keep-alive connection right after the answer, without having announced it. */
      readonly closeAfter: boolean;
    }
  /** 200 with the agreed body, one byte at a time. */
  | { readonly kind: 'drip'; readonly everyMs: number; readonly accepted: boolean }
  /** A 200 that promises more bytes than come before the connection ends. */
  | { readonly kind: 'truncate'; readonly status: number; readonly accepted: boolean }
  /** These bytes instead of an HTTP answer, then the end of the connection. */
  | { readonly kind: 'raw'; readonly bytes: string; readonly accepted: boolean }
  | { readonly kind: 'hang'; readonly accepted: boolean }
  | { readonly kind: 'reset'; readonly accepted: boolean };

export const agreedBody = '{"code":0,"message":"OK"}';

/** Bodies that make a 200 no acceptance. */
export const strangeBodies = {
  broken: '{"code":0,"mess',
  empty: '',
  html: '<!doctype html><html><body><h1>It works!</h1></body></html>',
  huge: `{"code":0,"message":"${'x'.repeat(100 * 1024)}"}`,
  wrongCode: '{"code":7,"message":"quota"}',
  textCode: '{"code":"0","message":"OK"}',
  noCode: '{"message":"OK"}',
  array: '[0]',
  nothing: 'null',
  byteOrderMark: `\uFEFF${agreedBody}`,
} as const;

export function accept(options: { readonly delayMs?: number; readonly closeAfter?: boolean } = {}): Behaviour {
  return answer(200, { body: agreedBody, accepted: true, ...options });
}

export interface AnswerOptions {
  readonly body?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly delayMs?: number;
  readonly accepted?: boolean;
  readonly closeAfter?: boolean;
}

export function answer(status: number, options: AnswerOptions = {}): Behaviour {
  return { kind: 'answer', status, body: '', headers: {}, delayMs: 0, accepted: false, closeAfter: false, ...options };
}

export function redirect(status: number, location: string): Behaviour {
  return answer(status, { headers: { location } });
}

export function drip(options: { readonly everyMs: number; readonly accepted?: boolean }): Behaviour {
  return { kind: 'drip', accepted: true, ...options };
}

export function truncate(options: { readonly status?: number; readonly accepted?: boolean } = {}): Behaviour {
  return { kind: 'truncate', status: 200, accepted: true, ...options };
}

export function raw(bytes: string, options: { readonly accepted?: boolean } = {}): Behaviour {
  return { kind: 'raw', bytes, accepted: false, ...options };
}

export function hang(options: { readonly accepted?: boolean } = {}): Behaviour {
  return { kind: 'hang', accepted: false, ...options };
}

export function resetBeforeAccepting(): Behaviour {
  return { kind: 'reset', accepted: false };
}

export function resetAfterAccepting(): Behaviour {
  return { kind: 'reset', accepted: true };
}

/** The first behaviour for a message's first request, the second for its second, and so on; the last one repeats. */
export function perAttempt(first: Behaviour, ...later: readonly Behaviour[]): (request: { readonly attempt: number }) => Behaviour {
  const behaviours = [first, ...later];
  return ({ attempt }) => behaviours[attempt - 1] ?? behaviours.at(-1) ?? first;
}

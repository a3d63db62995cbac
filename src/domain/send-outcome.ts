// What one request to the provider can end in, and the port through which the rest of the program sends.

/** What is known of an answer that was not an acceptance. */
export interface OutcomeDetail {
  /** Stable word: TIMEOUT, CONNECTION, HTTP_500, REJECTED, BAD_RESPONSE, ... */
  readonly code: string;
  /** In words for an operator; never holds a token or a phone. At most 300 characters. */
  readonly message: string;
  /** The HTTP status when an answer came. */
  readonly httpStatus?: number;
}

/**
 * The closed set of outcomes:
 * - `accepted`: the provider took the message.
 * - `refused`: this message will never be taken.
 * - `retry`: not taken, worth another attempt.
 * - `ambiguous`: the provider may have taken it; another attempt carries the same id.
 * - `throttled`: the provider asks everybody to wait `retryAfterMs`; the attempt is given back.
 * - `token-refused`: says nothing about the message; the whole sender waits; the attempt is given back.
 */
export type SendOutcome =
  | { readonly kind: 'accepted' }
  | ({ readonly kind: 'refused' } & OutcomeDetail)
  | ({ readonly kind: 'retry' } & OutcomeDetail)
  | ({ readonly kind: 'ambiguous' } & OutcomeDetail)
  | ({ readonly kind: 'throttled'; readonly retryAfterMs: number } & OutcomeDetail)
  | ({ readonly kind: 'token-refused' } & OutcomeDetail);

export interface SendRequest {
  /** A 64-bit integer in decimal digits: it never passes through a JavaScript number. */
  readonly messageId: string;
  /** 11 digits, sent as a JSON number. */
  readonly phone: string;
  /** The text as a JSON string literal, serialised once per portion. */
  readonly textJson: string;
  /** Whole request, connect to last byte, in milliseconds; at the end it is aborted. */
  readonly timeoutMs: number;
  /**
   * A request whose connection is ready only after so many milliseconds is not written any more: what it was based on may have changed.
   * Unless given: any time.
   */
  readonly startWithinMs?: number;
  /** Goes along as a header of that name. */
  readonly traceparent?: string;
}

/** The connection was not ready within `startWithinMs`: nothing was written, and the next request will find it ready. */
export interface NotStarted {
  readonly kind: 'not-started';
}

export type SendResult = SendOutcome | NotStarted;

/** The port to the provider: never rejects for what the outside world may do. */
export interface Provider {
  send(request: SendRequest): Promise<SendResult>;
  /** Grows each time the token in use changes: a closed gate may then be tested at once. */
  tokenGeneration(): number;
  /** Ends every request in flight as if its time were up. */
  giveUp(): void;
  close(): Promise<void>;
}

/** The process that was sending ended before the outcome came: the provider may have taken the message. */
export interface ProcessEnded {
  readonly kind: 'process-ended';
  /** The signal's name or the exit code. */
  readonly how: string;
}

/** A process of its own to send with, until it is released. */
export interface IsolatedSender {
  /** Any number of messages at a time, each once at a time. Never rejects. */
  send(request: SendRequest): Promise<SendResult | ProcessEnded>;
  /** Whether its process is gone: everything it is asked ends so at once. */
  readonly isEnded: () => boolean;
  release(): void;
}

/** Sends where a message that ends its process does no other harm. */
export interface Isolation {
  /** Resolves when it can be asked: tens of milliseconds when a process has to be started. Never rejects. */
  acquire(): Promise<IsolatedSender>;
}

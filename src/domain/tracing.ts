// The port to tracing: spans say where time goes, across processes. Where it is off, there is null instead of a tracer, and no span is
// ever made: parts ask with `?.`, so that sending pays one comparison.

/** Ids, words of a closed set and numbers; never a phone, a text or a token. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface Span {
  /** For the header `traceparent` of whoever goes on with this span elsewhere (W3C Trace Context). */
  readonly traceparent: string;
  /** `startedAt`: monotonic instant (performance.now()); unless given: now. */
  child(name: string, attributes: SpanAttributes, startedAt?: number): Span;
  set(attributes: SpanAttributes): void;
  /** `fault`: in a few words, why it is no success. */
  end(fault?: string | null): void;
}

export interface SpanStart {
  readonly attributes: SpanAttributes;
  /** `server`: answers somebody. `internal`: unless given. */
  readonly kind?: 'server' | 'internal';
  /** Of the span that it goes on with, as a caller sent it; whatever is no traceparent is passed over. */
  readonly traceparent?: string | null;
  readonly startedAt?: number;
}

/** None of the calls throws or waits. */
export interface Tracer {
  start(name: string, start: SpanStart): Span;
}

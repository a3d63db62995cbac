// The Retry-After header (RFC 9110 section 10.2.3): seconds, or one of the three forms of an HTTP date (section 5.6.7).
import type { EpochMs } from '../domain/send-window.ts';

// Nobody asks for less than a second of peace and means it, and zero would be tried again at once, uncharged, for ever.
const shortestMs = 1000;

// A clock or a header gone wrong must not stop the sender for a day; after an hour the provider can ask again.
const longestMs = 60 * 60 * 1000;

// Date.parse alone accepts nearly anything ("soon 7") and reads a date without a zone as local time.
const imfFixdate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const rfc850Date = /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const asctimeDate = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/**
 * Milliseconds to wait, 1 second to 1 hour; undefined when the header says nothing usable: absent, nonsense, negative, a date gone by, or
 * a date where `answeredAt`, the instant of the answer on the same clock, is not known (NaN).
 */
export function toRetryAfterMs(header: string | undefined, answeredAt: EpochMs): number | undefined {
  const value = header?.trim() ?? '';
  if (/^\d+$/.test(value)) return clamp(Number(value) * 1000);
  const waitMs = toInstant(value) - answeredAt;
  return waitMs > 0 ? clamp(waitMs) : undefined;
}

/** The instant that an HTTP date names; NaN when it is none. */
export function toInstant(value: string): EpochMs {
  if (imfFixdate.test(value) || rfc850Date.test(value)) return Date.parse(value);
  return asctimeDate.test(value) ? Date.parse(`${value} GMT`) : Number.NaN;
}

function clamp(waitMs: number): number {
  return Math.min(Math.max(waitMs, shortestMs), longestMs);
}

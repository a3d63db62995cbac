// A body of any length, from a sender who has to keep a pace: one who sends a byte now and then would hold a connection for days.
import type { IncomingMessage } from 'node:http';
import { CarillonError } from '../domain/errors.ts';

export interface Pace {
  /** Of waiting for the sender that costs nothing. */
  readonly graceMs: number;
  /** Each further second of waiting has to bring so many. */
  readonly bytesPerSecond: number;
}

/**
 * The pieces of the body. Only time spent waiting for the sender counts, not what is done between pieces. Throws CarillonError TOO_SLOW,
 * and what the stream throws when the sender hangs up. The connection stays open for an answer.
 */
export async function* readAtPace(request: IncomingMessage, { graceMs, bytesPerSecond }: Pace): AsyncGenerator<Buffer, void> {
  const pieces = (request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  let bytes = 0;
  let waitedMs = 0;
  try {
    for (;;) {
      const startedAt = performance.now();
      const piece = await withinTime(pieces.next(), graceMs + (bytes / bytesPerSecond) * 1_000 - waitedMs);
      waitedMs += performance.now() - startedAt;
      if (piece.done === true) return;
      bytes += piece.value.length;
      yield piece.value;
    }
  } finally {
    // Lets go of the stream, so that the rest of the body can be thrown away. Not awaited: it waits for a piece that is under way.
    void pieces.return?.();
  }
}

async function withinTime<T>(step: Promise<T>, ms: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new CarillonError('TOO_SLOW', 'The body came too slowly.')), Math.min(ms, 2 ** 31 - 1));
  try {
    return await Promise.race([step, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

// How long one request may take, so that none is still running at the mailing's end or after the client's window has closed.
import type { EpochMs } from './send-window.ts';

// Between the end of a request's own timeout and the deadline: room for a timer that fires late on a busy event loop (tens of
// milliseconds), for the error in what this process believes the database's clock to be (half a round trip), and for the abort
// to reach the wire.
const guardMs = 150;

// Less than this is not worth starting: a provider seldom answers sooner over a fresh connection, and a request that is cut off
// leaves an ambiguous message (UNCONFIRMED) where not starting it leaves a certain one (EXPIRED, or the next window).
const leastUsefulMs = 250;

/**
 * The timeout in whole milliseconds of a request that would start now: at most `timeoutMs`, over before `deadlineAt` (the earlier of
 * the mailing's end and the closing of the batch's window). null: too little is left, the request must not be started.
 */
export function requestTimeoutMs(request: {
  readonly timeoutMs: number;
  readonly deadlineAt: EpochMs;
  readonly nowAt: EpochMs;
}): number | null {
  const leftMs = Math.floor(request.deadlineAt - request.nowAt - guardMs);
  // A configured timeout below the least useful time is somebody's decision and stays usable up to the deadline.
  if (leftMs < Math.min(request.timeoutMs, leastUsefulMs)) return null;
  return Math.min(request.timeoutMs, leftMs);
}

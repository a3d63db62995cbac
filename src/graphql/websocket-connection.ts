// One WebSocket: writes with backpressure. A client that reads slowly gets the newest state when it can, costs a bounded amount of
// memory, and holds up nobody.
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { GroupMember } from './subscription-groups.ts';

const CLOSING_BRACE = 0x7d;

/** A subscription's place on the connection: the group writes to `member`, graphql-ws waits for `results`, which only ends. */
export interface SubscriptionStream {
  readonly member: GroupMember<Buffer>;
  readonly results: AsyncGenerator<never, void>;
  /** Called once, when the client or the connection leaves before the end. */
  onLeave: (() => void) | null;
}

/** Of all connections together: results written, and those that a newer one replaced before they could be. */
export interface PushCounts {
  written: number;
  skipped: number;
}

export interface WebSocketConnection {
  /** Resolves when the text has left for the network, or the connection is gone. */
  send(text: string): Promise<void>;
  openStream(operationId: string): SubscriptionStream;
}

/** A socket with more than this many bytes unsent is skipped until it drains. */
const MOST_UNSENT = 64 * 1024;
/** Answers cannot be skipped: a client that asks without reading is not read from any more, until it reads. */
const PAUSE_READING_UNSENT = 256 * 1024;

/**
 * Counts into `pushes`. `transport`: the stream that `socket` writes its frames to. Results go there as frames of our own, each in one
 * piece: `socket.send` would encode the same text once more for every subscriber and write it in two (measured in bench/README.md).
 * Nothing comes between: without compression the library writes each of its frames at once.
 */
export function makeWebSocketConnection(socket: WebSocket, transport: Duplex, pushes: PushCounts): WebSocketConnection {
  /** Streams with a result that could not be written yet, longest waiting first. */
  const waiting = new Set<() => void>();

  const write = (text: string, whenSent: () => void): void => {
    if (socket.readyState !== socket.OPEN) return whenSent();
    socket.send(text, whenSent);
    if (socket.bufferedAmount > PAUSE_READING_UNSENT) socket.pause();
  };
  const writeResult = (head: Buffer, result: Buffer): void => {
    if (socket.readyState === socket.OPEN) transport.write(toTextFrame(head, result));
  };

  const afterSending = (): void => {
    if (socket.bufferedAmount > MOST_UNSENT) return;
    if (socket.isPaused) socket.resume();
    for (const writeNewest of waiting) {
      writeNewest();
      if (socket.bufferedAmount > MOST_UNSENT) return;
    }
  };

  // A stream that holds more than MOST_UNSENT has said that it wants to drain: that is not less than its high-water mark.
  transport.on('drain', afterSending);

  const openStream = (operationId: string): SubscriptionStream => {
    const head = Buffer.from(`{"id":${JSON.stringify(operationId)},"type":"next","payload":`);
    const over = Promise.withResolvers<IteratorReturnResult<void>>();
    // The reader may not be there yet when the stream fails.
    over.promise.catch(() => {});
    const done = { value: undefined, done: true } as const;
    let newest: Buffer | null = null;
    let ended = false;

    const writeNewest = (): void => {
      if (waiting.size > 0) waiting.delete(writeNewest);
      if (newest !== null) {
        writeResult(head, newest);
        pushes.written += 1;
      }
      newest = null;
      if (ended) over.resolve(done);
    };
    const dropNewest = (): void => {
      waiting.delete(writeNewest);
      newest = null;
    };
    const leave = (): void => {
      dropNewest();
      stream.onLeave?.();
      stream.onLeave = null;
      over.resolve(done);
    };

    const results: AsyncGenerator<never, void> = {
      next: () => over.promise,
      return: () => {
        leave();
        return Promise.resolve(done);
      },
      throw: (error) => {
        leave();
        return Promise.reject(error);
      },
      [Symbol.asyncIterator]: () => results,
      [Symbol.asyncDispose]: () => Promise.resolve(leave()),
    };
    const stream: SubscriptionStream = {
      member: {
        offer: (result) => {
          if (newest !== null) pushes.skipped += 1;
          newest = result;
          // Once for every delivery: the same as the socket's bufferedAmount, as nothing waits in the library, and found in one step.
          if (transport.writableLength > MOST_UNSENT) waiting.add(writeNewest);
          else writeNewest();
        },
        end: () => {
          ended = true;
          if (newest === null) over.resolve(done);
        },
        fail: (error) => {
          dropNewest();
          over.reject(error);
        },
      },
      results,
      onLeave: null,
    };
    return stream;
  };

  return {
    send: (text) => new Promise((resolve) => write(text, () => (afterSending(), resolve()))),
    openStream,
  };
}

/** `head`, `result` and a closing brace as a text message in one unmasked frame, as servers send them (RFC 6455, 5.2). The parts are UTF-8. */
function toTextFrame(head: Buffer, result: Buffer): Buffer {
  const length = head.length + result.length + 1;
  const headLength = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headLength + length);
  frame[0] = 0x81;
  if (headLength === 2) {
    frame[1] = length;
  } else if (headLength === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.set(head, headLength);
  frame.set(result, headLength + head.length);
  frame[headLength + length - 1] = CLOSING_BRACE;
  return frame;
}

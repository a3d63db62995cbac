// A wire between the service and PostgreSQL that a test can cut, refuse, or slow down, and on which the answer to a chosen statement can be
// lost: PostgreSQL has done its work, and the service never hears of it. Understands just enough of the protocol to tell statements apart.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';

/** Says whether a statement's text is meant. The text of a prepared statement is the one it was prepared with. */
export type StatementMatch = (text: string) => boolean;

export interface DatabaseProxy extends AsyncDisposable {
  /** The database's url by way of the proxy. */
  readonly url: string;
  /** PostgreSQL runs the next `times` statements that match to their end; their answers, and the connections, are lost. */
  loseAnswers(match: StatementMatch, times: number): void;
  /** How many of those were lost so far. */
  readonly lost: number;
  /** Statements that match, until `passOn`, wait so long before PostgreSQL sees them. */
  slowDown(match: StatementMatch, delayMs: number): void;
  /** Statements that match wait until `passOn`. */
  hold(match: StatementMatch): void;
  /** Statements that wait now. */
  readonly waiting: number;
  passOn(): void;
  /** Cuts every connection; new ones are cut at once until `accept`. */
  refuse(): void;
  accept(): void;
}

/** Stands before the server of `databaseUrl` on a free loopback port. */
export async function startDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const target = new URL(databaseUrl);
  const wires = new Set<() => void>();
  let refusing = false;
  let losing: { match: StatementMatch; times: number } | null = null;
  let lost = 0;
  let slow: { match: StatementMatch; until: () => Promise<void> } | null = null;
  let waiting = 0;
  const released = { gate: Promise.withResolvers<void>() };

  const server = createServer((client) => {
    if (refusing) return void client.destroy();
    const upstream = connect(Number(target.port), target.hostname);
    const cut = (): void => {
      wires.delete(cut);
      client.destroy();
      upstream.destroy();
    };
    wires.add(cut);
    for (const socket of [client, upstream]) socket.setNoDelay(true).on('error', cut).on('close', cut);

    const statements = makeStatementReader();
    let losesThis = false;
    void forward(client, async (bytes) => {
      for (const text of statements(bytes)) {
        if (losing !== null && losing.times > 0 && losing.match(text)) {
          losing.times -= 1;
          losesThis = true;
        }
        if (slow?.match(text) === true) {
          waiting += 1;
          await slow.until();
          waiting -= 1;
        }
      }
      upstream.write(bytes);
    });
    const answers = makeFrames(false);
    void forward(upstream, async (bytes) => {
      if (!losesThis) return void client.write(bytes);
      // ReadyForQuery: the statement has come to its end, its commit included.
      if (!answers(bytes).some(({ type }) => type === 'Z')) return;
      lost += 1;
      cut();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = new URL(databaseUrl);
  url.port = String(typeof address === 'object' && address !== null ? address.port : 0);

  const cutAll = (): void => {
    for (const cut of wires) cut();
  };
  const passOn = (): void => {
    slow = null;
    released.gate.resolve();
    released.gate = Promise.withResolvers<void>();
  };
  return {
    url: url.href,
    loseAnswers: (match, times) => {
      losing = { match, times };
    },
    get lost() {
      return lost;
    },
    slowDown: (match, delayMs) => {
      slow = { match, until: async () => new Promise((resolve) => setTimeout(resolve, delayMs)) };
    },
    hold: (match) => {
      slow = { match, until: async () => released.gate.promise };
    },
    get waiting() {
      return waiting;
    },
    passOn,
    refuse: () => {
      refusing = true;
      cutAll();
    },
    accept: () => {
      refusing = false;
    },
    [Symbol.asyncDispose]: async () => {
      refusing = true;
      passOn();
      cutAll();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Chunk after chunk, in order, also when one has to wait. */
async function forward(from: Socket, pass: (bytes: Buffer) => Promise<void>): Promise<void> {
  try {
    for await (const chunk of from) await pass(chunk as Buffer);
  } catch {
    // The connection was cut: that is what this is for.
  }
}

interface Frame {
  readonly type: string;
  readonly body: Buffer;
}

/** Gives the messages that a chunk completes. A client's first message, the startup, has no type (PostgreSQL, 54.2). */
function makeFrames(startsUntyped: boolean): (bytes: Buffer) => Frame[] {
  let rest: Buffer = Buffer.alloc(0);
  let untyped = startsUntyped;
  return (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const frames: Frame[] = [];
    for (;;) {
      const head = untyped ? 0 : 1;
      if (rest.length < head + 4) return frames;
      const end = head + rest.readUInt32BE(head);
      if (rest.length < end) return frames;
      frames.push({ type: untyped ? '' : String.fromCharCode(rest[0] ?? 0), body: rest.subarray(head + 4, end) });
      untyped = false;
      rest = rest.subarray(end);
    }
  };
}

/** The texts of the statements that a chunk asks to run: simple queries, and prepared ones by what was prepared under their name. */
function makeStatementReader(): (bytes: Buffer) => string[] {
  const frames = makeFrames(true);
  const prepared = new Map<string, string>();
  return (bytes) =>
    frames(bytes).flatMap(({ type, body }) => {
      const [first = '', second = ''] = body.toString('latin1', 0, 20_000).split('\0', 2);
      if (type === 'Q') return [first];
      if (type === 'P') prepared.set(first, second);
      return type === 'B' ? [prepared.get(second) ?? ''] : [];
    });
}

// A wire between a browser and the service that a test can cut and mend, and on which what is sent can be held.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface Wire extends AsyncDisposable {
  /** The service by way of the wire. */
  readonly url: string;
  /** Cuts every connection; new ones are cut at once until `mend`. */
  cut(): void;
  mend(): void;
  /** What browsers send on connections that have carried more than `bytes` waits until `passOn`. */
  holdAfter(bytes: number): void;
  passOn(): void;
}

/** Stands before the service at `serviceUrl` on a free loopback port. */
export async function startWire(serviceUrl: string): Promise<Wire> {
  const target = new URL(serviceUrl);
  const sockets = new Set<Socket>();
  let isCut = false;
  let limit = Infinity;
  let released = Promise.withResolvers<void>();

  const server = createServer((client) => {
    if (isCut) return void client.destroy();
    const upstream = connect(Number(target.port), target.hostname);
    const end = (): void => {
      for (const socket of [client, upstream]) {
        sockets.delete(socket);
        socket.destroy();
      }
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true).on('error', end).on('close', end);
    }
    upstream.pipe(client);
    let carried = 0;
    void forward(client, async (bytes) => {
      carried += bytes.length;
      if (carried > limit) await released.promise;
      if (!upstream.write(bytes)) await once(upstream, 'drain');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const cut = (): void => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  const passOn = (): void => {
    limit = Infinity;
    released.resolve();
    released = Promise.withResolvers<void>();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    mend: () => {
      isCut = false;
    },
    holdAfter: (bytes) => {
      limit = bytes;
    },
    passOn,
    [Symbol.asyncDispose]: async () => {
      passOn();
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Piece after piece, in order, also when one has to wait; a cut ends it. */
async function forward(from: Socket, pass: (bytes: Buffer) => Promise<void>): Promise<void> {
  try {
    for await (const piece of from) await pass(piece as Buffer);
  } catch {
    // The connection was cut: that is what this is for.
  }
}

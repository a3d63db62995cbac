// A wire between a browser and the service that a test can hold and cut: what a bad network does to a page.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';

export interface Wire extends AsyncDisposable {
  /** The service's url by way of the wire. */
  readonly url: string;
  /** What browsers send on connections that have carried more than `bytes` waits until `passOn`. */
  holdAfter(bytes: number): void;
  passOn(): void;
  /** Cuts every connection; new ones are cut at once until `accept`. */
  refuse(): void;
  accept(): void;
}

/** On a free loopback port. */
export async function startWire(serviceUrl: string): Promise<Wire> {
  const target = new URL(serviceUrl);
  const pairs = new Set<() => void>();
  let refusing = false;
  let limit = Infinity;
  let released = Promise.withResolvers<void>();

  const server = createServer((browser) => {
    if (refusing) return void browser.destroy();
    const service = connect(Number(target.port), target.hostname);
    const cut = (): void => {
      pairs.delete(cut);
      browser.destroy();
      service.destroy();
    };
    pairs.add(cut);
    for (const socket of [browser, service]) socket.setNoDelay(true).on('error', cut).on('close', cut);
    service.pipe(browser);
    let carried = 0;
    void forward(browser, async (bytes) => {
      carried += bytes.length;
      if (carried > limit) await released.promise;
      if (!service.write(bytes)) await once(service, 'drain');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = new URL(serviceUrl);
  url.port = String(typeof address === 'object' && address !== null ? address.port : 0);

  const passOn = (): void => {
    limit = Infinity;
    released.resolve();
    released = Promise.withResolvers<void>();
  };
  const cutAll = (): void => {
    for (const cut of pairs) cut();
  };
  return {
    url: url.origin,
    holdAfter: (bytes) => {
      limit = bytes;
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
      passOn();
      cutAll();
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

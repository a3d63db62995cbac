// An HTTP provider of ours against a stub provider, fresh for each test, and TCP servers that misbehave below HTTP.
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach } from 'vitest';
import type { Provider, SendResult } from '../../src/domain/send-outcome.ts';
import { makeHttpProvider } from '../../src/provider/http-provider.ts';
import { makeTokenSource } from '../../src/provider/token-source.ts';
import { startStubProvider } from './stub-provider.ts';
import type { StubProvider } from './stub-provider.ts';

export interface ProviderBench {
  stub: StubProvider;
  /** Speaks to the stub on at most four connections. */
  provider: Provider;
  /** Another one. */
  providerAt(url: string, connections?: number): Provider;
  send(messageId?: string, timeoutMs?: number, to?: Provider): Promise<SendResult>;
  /** A TCP server that does with each connection what the test wants; its port. */
  startTcp(onConnection: (socket: Socket) => void): Promise<number>;
  /** After the test, once the stub is gone. */
  cleanUp(cleanup: () => Promise<unknown>): void;
}

/** Call at the top of a file; the parts are there in every test. */
export function useProvider(): ProviderBench {
  const cleanups: (() => Promise<unknown>)[] = [];
  const providerAt = (url: string, connections = 4): Provider => {
    const made = makeHttpProvider({ url, token: makeTokenSource({}), connections });
    cleanups.push(async () => made.close());
    return made;
  };
  const bench = {
    providerAt,
    send: async (messageId = '1', timeoutMs = 20_000, to = bench.provider) =>
      to.send({ messageId, phone: '79161234567', textJson: '"Hello"', timeoutMs }),
    startTcp: async (onConnection) => {
      const { port, close } = await listen(onConnection);
      cleanups.push(close);
      return port;
    },
    cleanUp: (cleanup) => void cleanups.push(cleanup),
  } as ProviderBench;
  beforeEach(async () => {
    bench.stub = await startStubProvider();
    bench.provider = providerAt(bench.stub.url);
  });
  afterEach(async () => {
    // The stub first: its end cuts whatever a test left hanging.
    await bench.stub.close();
    for (const cleanup of cleanups.splice(0)) await cleanup();
  });
  return bench;
}

async function listen(onConnection: (socket: Socket) => void): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

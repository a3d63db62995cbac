// A port that stays free until the service under test takes it: outside of those that the system gives to whoever asks for any.
import { once } from 'node:events';
import { createServer } from 'node:net';

export async function freePort(): Promise<string> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer();
    const { promise, resolve } = Promise.withResolvers<boolean>();
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    if (!(await promise)) continue;
    server.close();
    await once(server, 'close');
    return String(port);
  }
}

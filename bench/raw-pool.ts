// The reference for everything that sends: a bare undici pool doing the same requests against the same stub, with nothing around it.
import { Pool } from 'undici';

export interface RawPoolOptions {
  /** The base up to and including /v1. */
  readonly url: string;
  readonly requests: number;
  /** Sockets of the pool. */
  readonly connections: number;
  /** Requests open at a time. */
  readonly concurrency: number;
}

/** Requests per second, and the CPU seconds of this process (not the stub's) for all of them. Rejects when one is not accepted. */
export async function rawPool({
  url,
  requests,
  connections,
  concurrency,
}: RawPoolOptions): Promise<{ perSecond: number; cpuSeconds: number }> {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections, pipelining: 1, allowH2: false });
  let next = 0;

  async function sendUntilDone(): Promise<void> {
    while (next < requests) {
      next += 1;
      const response = await pool.request({
        path: `${pathname}/send/${next}`,
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer bench-token' },
        body: `{"id":${next},"phone":79161234567,"text":"Hello there, this is a test message"}`,
      });
      const answer: unknown = await response.body.json();
      if (typeof answer !== 'object' || answer === null || !('code' in answer) || answer.code !== 0) throw new Error('not accepted');
    }
  }

  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(Array.from({ length: concurrency }, sendUntilDone));
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await pool.close();
  return { perSecond: requests / seconds, cpuSeconds: (user + system) / 1e6 };
}

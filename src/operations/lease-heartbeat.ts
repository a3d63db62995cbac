// Keeps the leases of batches that have nothing to settle for a while: slow answers, a rate cap, a database that is behind.
import { extendLeases } from '../database/batch-queries.ts';
import type { Database } from '../database/database.ts';
import type { BatchSettler } from './settle-outcomes.ts';

/** Extends what `held` answers three times per lease. A batch that is no longer ours is given up. Never throws; dispose to stop. */
export function startLeaseHeartbeat(database: Database, leaseMs: number, held: () => readonly BatchSettler[]): Disposable {
  let extending: Promise<void> | null = null;
  // One at a time: behind a row that is held for long, they would pile up and take every connection.
  const timer = setInterval(() => {
    extending ??= extend().finally(() => {
      extending = null;
    });
  }, leaseMs / 3);
  return { [Symbol.dispose]: () => clearInterval(timer) };

  async function extend(): Promise<void> {
    const settlers = held().filter((settler) => !settler.isLost);
    if (settlers.length === 0) return;
    const askedAt = performance.now();
    try {
      const batches = settlers.map((settler) => settler.batch);
      const { extended, busy } = await extendLeases(database, batches, leaseMs);
      for (const [index, settler] of settlers.entries()) {
        if (extended.includes(settler.batch.id)) settler.extended(askedAt);
        // Whoever settles it extends it.
        else if (settler.batch === batches[index] && !busy.includes(settler.batch.id)) settler.lose();
      }
    } catch {
      // The lease simply runs on: settling, the next portion or the next heartbeat meets the same fault and reports it.
    }
  }
}

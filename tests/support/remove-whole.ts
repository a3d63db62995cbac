// Removal as its jobs do it: slice after slice.
import type { Database } from '../../src/database/database.ts';
import { findRemoval } from '../../src/database/retention-queries.ts';

/** A slice ends after two seconds, which on a slow machine is not enough: without `stop` the test means all that has begun. */
export async function removeWhole(database: Database, remove: (stop?: AbortSignal) => Promise<void>, stop?: AbortSignal): Promise<void> {
  do await remove(stop);
  while (stop === undefined && (await findRemoval(database)) !== null);
}

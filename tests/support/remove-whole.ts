// Removal as its jobs do it: slice after slice.
import type { Database } from '../../src/database/database.ts';
import { hasMessagesToRemove } from '../../src/database/retention-queries.ts';
import type { MessageRemoval } from '../../src/operations/remove-old-messages.ts';

interface Options {
  /** As the removal's own; null: only what has begun. */
  readonly days: number | null;
  readonly stop?: AbortSignal | undefined;
}

/** A slice ends after two seconds, which on a slow machine is not enough: without `stop` the test means all there is. */
export async function removeWhole(database: Database, remove: MessageRemoval['remove'], { days, stop }: Options): Promise<void> {
  do await remove(stop);
  while (stop === undefined && (await hasMessagesToRemove(database, days)));
}

// Equal reads at one moment are one statement: a screen that many people look at is read once for all of them.
import type { Sql } from './database.ts';
import { makeShareCalls } from './shared-calls.ts';

/** For reads alone. Rows are shared, and must not be changed. */
export function shareReads(sql: Sql): Sql {
  const share = makeShareCalls<object[]>();
  return {
    rows: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
      (await share(text, JSON.stringify(values), async () => sql.rows(text, values))) as Row[],
  };
}

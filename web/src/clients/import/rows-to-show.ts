// Which of the rows that were looked at are shown: the first ones, and the first with faults wherever they stand.
import type { HeadRow } from './file-head.ts';

const FIRST = 8;
const FAULTY = 8;

/** In the order of the file. */
export function rowsToShow(rows: readonly HeadRow[]): readonly HeadRow[] {
  const shown = new Set([...rows.slice(0, FIRST), ...rows.filter(({ faults }) => faults.length > 0).slice(0, FAULTY)]);
  return rows.filter((row) => shown.has(row));
}

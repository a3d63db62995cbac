// When a row of the list has to be drawn again: news come for the whole page, once a second.
import type { ListedMailing } from './listed-mailing.ts';

interface Props {
  readonly mailing: ListedMailing;
  readonly onDeleted: () => void;
}

/** What else a row shows changes only together with one of the two versions, or with the time, which it looks at by itself. */
export function isSameRow({ mailing: a }: Props, { mailing: b }: Props): boolean {
  return (
    a.id === b.id &&
    a.version === b.version &&
    a.statistics.version === b.statistics.version &&
    JSON.stringify(a.progress) === JSON.stringify(b.progress)
  );
}

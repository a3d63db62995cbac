// Shows the list in another way: by another address.
import { useLocation } from 'wouter';
import { formatListView } from './list-address.ts';
import type { ListView } from './list-address.ts';

/** Of the entry in the browser's history: the cursors of the pages before, for the way back. Unknown on an address that was passed on. */
export interface ListTrail {
  readonly before: readonly (string | null)[];
}

/** A change of anything but the page begins at the first page. */
export function useShowList(view: ListView): (changes: Partial<ListView>, trail?: ListTrail) => void {
  const [, navigate] = useLocation();
  return (changes, trail) => {
    navigate(`/mailings${formatListView({ ...view, after: null, ...changes })}`, { state: trail ?? null });
  };
}

// The keyboard goes on at the content of a screen that was just opened: what led there is gone with the screen before, or in the frame.
import { useEffect, useRef } from 'react';

/** Not on the first load, when the browser begins at the top by itself, and not when something in the screen or a dialog has the focus. */
export function useScreenFocus(path: string, contentId: string): void {
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    const content = document.getElementById(contentId);
    const isTaken = document.activeElement?.closest(`#${contentId}, [role=dialog]`) ?? null;
    if (isTaken === null) content?.focus({ preventScroll: true });
  }, [path, contentId]);
}

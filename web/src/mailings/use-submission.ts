// One thing that is created once, however often the button is pressed and whatever becomes of the answers.
import { useRef, useState } from 'react';

export interface Submission {
  /** The idempotencyKey of the form. */
  readonly key: string;
  /** The present at the first try whose outcome is not known to be a refusal: "at once" has to mean the same when it is tried again. */
  readonly startAt: number | null;
}

export function newSubmission(): Submission {
  // Not randomUUID: that wants a page by https.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return { key: Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''), startAt: null };
}

export function isSubmission(value: unknown): value is Submission {
  if (typeof value !== 'object' || value === null) return false;
  const { key, startAt } = value as Partial<Record<keyof Submission, unknown>>;
  return typeof key === 'string' && key.length > 0 && (startAt === null || typeof startAt === 'number');
}

/** Runs one at a time: another call while it runs does nothing. */
export function useOneAtATime(): { readonly busy: boolean; readonly run: (work: () => Promise<void>) => void } {
  const running = useRef(false);
  const [busy, setBusy] = useState(false);
  return {
    busy,
    run: (work) => {
      if (running.current) return;
      running.current = true;
      setBusy(true);
      void work().finally(() => {
        running.current = false;
        setBusy(false);
      });
    },
  };
}

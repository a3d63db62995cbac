// How instants are written along an axis: as exactly as the distance between two of them asks for.
import { dateFormat } from '../i18n/intl.ts';

export interface TimeLabels {
  /** `step`: seconds between two labels. */
  axis(seconds: number, step: number): string;
  /** On its own, to the second. */
  full(seconds: number): string;
}

const DAY = 86_400;

export function makeTimeLabels(language: string, timeZone?: string): TimeLabels {
  const format = (options: Intl.DateTimeFormatOptions): ((seconds: number) => string) => {
    const made = dateFormat(language, timeZone === undefined ? options : { ...options, timeZone });
    return (seconds) => made.format(seconds * 1_000);
  };
  const day = format({ day: 'numeric', month: 'short' });
  const minute = format({ hour: '2-digit', minute: '2-digit' });
  const second = format({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const full = format({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' });
  return {
    axis: (seconds, step) => (step >= DAY ? day : step >= 60 ? minute : second)(seconds),
    full,
  };
}

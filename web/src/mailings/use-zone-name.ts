// Time zones in words.
import { useTranslation } from 'react-i18next';
import { placeOf } from './client-zones.ts';
import { offsetMs } from './wall-clock.ts';

/** The place that a zone is named after, in the chosen language where it has a word for it: browsers come without names of places. */
export function usePlace(): (timeZone: string) => string {
  const { t } = useTranslation('mailings');
  const names: Readonly<Record<string, string>> = t('place', { returnObjects: true });
  return (timeZone) => {
    const place = placeOf(timeZone);
    return names[place] ?? place;
  };
}

/** UTC+3, UTC+5:45: how far a zone is ahead of UTC at an instant. */
export function offsetName(timeZone: string, at: number): string {
  const minutes = offsetMs(timeZone, at) / 60_000;
  const size = Math.abs(minutes);
  const rest = size % 60 === 0 ? '' : `:${String(size % 60).padStart(2, '0')}`;
  return `UTC${minutes < 0 ? '−' : '+'}${Math.floor(size / 60)}${rest}`;
}

// A time zone in words, with its distance from UTC at an instant.
import { useTranslation } from 'react-i18next';
import { placeOf } from './client-zones.ts';
import { offsetMs } from './wall-clock.ts';

export function useZoneName(): (timeZone: string, at: number) => string {
  const { i18n } = useTranslation();
  return (timeZone, at) => {
    const minutes = offsetMs(timeZone, at) / 60_000;
    const size = Math.abs(minutes);
    const rest = size % 60 === 0 ? '' : `:${String(size % 60).padStart(2, '0')}`;
    return `${placeOf(timeZone, i18n.language)}, UTC${minutes < 0 ? '−' : '+'}${Math.floor(size / 60)}${rest}`;
  };
}

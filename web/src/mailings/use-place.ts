// The names of places in the chosen language.
import { useTranslation } from 'react-i18next';
import { placeOf } from './client-zones.ts';

/** The place that a zone is named after, in the chosen language where it has a word for it: browsers come without names of places. */
export function usePlace(): (timeZone: string) => string {
  const { t } = useTranslation('mailings');
  const names: Readonly<Record<string, string>> = t('place', { returnObjects: true });
  return (timeZone) => {
    const place = placeOf(timeZone);
    return names[place] ?? place;
  };
}

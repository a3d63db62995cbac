// What the two halves of a time of day are called: each has a name of its own for those who do not see what it belongs to.
import { useTranslation } from 'react-i18next';

interface TimeLabels {
  readonly hoursInputLabel: string;
  readonly minutesInputLabel: string;
}

export function useTimeLabels(): (field: string) => TimeLabels {
  const { t } = useTranslation('mailings');
  return (field) => ({ hoursInputLabel: t('time.hours', { field }), minutesInputLabel: t('time.minutes', { field }) });
}

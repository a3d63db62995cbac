// What every calendar is like: its buttons have names, and only days of the month are in it.
import { useTranslation } from 'react-i18next';

export function useCalendar() {
  const { t } = useTranslation('mailings');
  return {
    // A day beyond the month is one of another month: it is not in sight by mistake.
    hideOutsideDates: true,
    nextLabel: t('period.nextMonth'),
    previousLabel: t('period.previousMonth'),
  };
}

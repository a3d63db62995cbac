// The value of a field in words.
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';
import type { MailingField, MailingValues } from './form-values.ts';
import { operatorZone } from './operator-zone.ts';
import { toInstant } from './wall-clock.ts';

export function useValueWords(): (field: MailingField, values: MailingValues) => string {
  const { t } = useTranslation('mailings');
  const { t: tCommon } = useTranslation();
  const { dateTime, number } = useFormat();
  return (field, values) => {
    switch (field) {
      case 'text':
        return values.text;
      case 'operatorCodes':
      case 'tags':
        return values[field].length === 0 ? t('filter.any') : values[field].join(', ');
      case 'startsAt':
        return values.startsAt === null ? t('period.atOnce') : dateTime(toInstant(values.startsAt, operatorZone).at);
      case 'endsAt':
        return dateTime(toInstant(values.endsAt, operatorZone).at);
      case 'sendWindow':
        return values.sendWindow === null ? t('window.any') : `${values.sendWindow.from}–${values.sendWindow.to}`;
      case 'ratePerSecond':
        return values.ratePerSecond === null ? t('rate.placeholder') : tCommon('perSecond', { formatted: number(values.ratePerSecond) });
      default:
        return field satisfies never;
    }
  };
}

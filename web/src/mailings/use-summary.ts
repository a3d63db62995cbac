// A mailing in one sentence: how many messages, in how many parts, from when to when, at which hours.
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';
import type { MailingValues } from './form-values.ts';
import { operatorZone } from './operator-zone.ts';
import { toInstant } from './wall-clock.ts';

/** `messages` null: it is not known how many. */
export function useSummary(values: MailingValues, messages: number | null, segments: number): string {
  const { t } = useTranslation('mailings');
  const { t: tCommon } = useTranslation();
  const { number, dateTime } = useFormat();
  const { startsAt, endsAt, sendWindow } = values;
  const hours = sendWindow === null ? t('review.anyHour') : t('review.hours', { from: sendWindow.from, to: sendWindow.to });
  const many =
    messages === null
      ? t('review.unknown')
      : t('review.many', {
          messages: tCommon('messages', { count: messages, formatted: number(messages) }),
          parts: t('review.parts', { count: messages * segments, formatted: number(messages * segments) }),
        });
  const end = dateTime(toInstant(endsAt, operatorZone).at);
  if (values.text === '') return t('review.noText');
  if (startsAt === null) return messages === 0 ? t('review.nobodyNow') : t('review.now', { many, end, hours });
  const start = dateTime(toInstant(startsAt, operatorZone).at);
  return messages === 0 ? t('review.nobodyLater', { start }) : t('review.later', { many, start, end, hours });
}

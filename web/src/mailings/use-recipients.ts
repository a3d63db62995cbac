// Whom a mailing is for, in a few words.
import { useTranslation } from 'react-i18next';

interface Filter {
  readonly operatorCodes: readonly string[];
  readonly tags: readonly string[];
}

/** Of a long list the first few, and how many more there are. */
const SHOWN = 3;

export function useRecipients(): (filter: Filter) => string {
  const { t } = useTranslation('mailings');
  const few = (entries: readonly string[]): string => {
    const shown = entries.slice(0, SHOWN).join(', ');
    return entries.length > SHOWN ? t('list.andMore', { shown, more: entries.length - SHOWN }) : shown;
  };
  return ({ operatorCodes, tags }) => {
    if (operatorCodes.length === 0 && tags.length === 0) return t('list.everybody');
    return [
      ...(tags.length > 0 ? [t('list.tags', { tags: few(tags) })] : []),
      ...(operatorCodes.length > 0 ? [t('list.codes', { codes: few(operatorCodes) })] : []),
    ].join(' · ');
  };
}

// To whom a mailing goes, in words.
import { useTranslation } from 'react-i18next';
import { listFormat } from '../i18n/intl.ts';
import { useFormat } from '../i18n/use-format.ts';

interface Filter {
  readonly operatorCodes: readonly string[];
  readonly tags: readonly string[];
}

/** Of a list of hundreds the first few are named. */
const NAMED = 12;

export function useFilterText(): (filter: Filter) => string {
  const { t, i18n } = useTranslation('mailing');
  const { number } = useFormat();
  return ({ operatorCodes, tags }) => {
    const name = (entries: readonly string[]): string => {
      const rest = entries.length - NAMED;
      const named = rest > 0 ? [...entries.slice(0, NAMED), t('filter.others', { count: rest, formatted: number(rest) })] : entries;
      return listFormat(i18n.language, { type: 'disjunction' }).format(named);
    };
    if (operatorCodes.length === 0 && tags.length === 0) return t('filter.everybody');
    if (tags.length === 0) return t('filter.operators', { operators: name(operatorCodes) });
    const quoted = name(tags.map((tag) => t('filter.tag', { tag })));
    if (operatorCodes.length === 0) return t('filter.tags', { tags: quoted });
    return t('filter.both', { operators: name(operatorCodes), tags: quoted });
  };
}

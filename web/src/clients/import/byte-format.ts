// Sizes of files in the operator's language.
import { useTranslation } from 'react-i18next';
import { numberFormat } from '../../i18n/intl.ts';

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

export function useByteFormat(): (bytes: number) => string {
  const { i18n } = useTranslation();
  return (bytes) => formatBytes(bytes, i18n.language);
}

/** In powers of 1,000, as file managers count. */
export function formatBytes(bytes: number, language: string): string {
  let value = bytes;
  let index = 0;
  while (value >= 1_000 && index < units.length - 1) {
    value /= 1_000;
    index += 1;
  }
  const unit = units[index] ?? 'byte';
  const maximumFractionDigits = index > 0 && value < 10 ? 1 : 0;
  return numberFormat(language, {
    style: 'unit',
    unit,
    unitDisplay: index === 0 ? 'long' : 'short',
    maximumFractionDigits,
  }).format(value);
}

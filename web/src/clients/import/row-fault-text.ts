// What is wrong with a row, in the operator's language.
import { useTranslation } from 'react-i18next';
import type { RowErrorCode } from './import-answer.ts';

export function useRowFaultText(): (code: RowErrorCode, message?: string) => string {
  const { t } = useTranslation('clients');
  const common = useTranslation().t;
  return (code, message = code) =>
    code === 'INVALID_ENCODING' || code === 'WRONG_NUMBER_OF_CELLS'
      ? t(`fileImport.rowError.${code}`)
      : common(`userError.${code}`, { defaultValue: message });
}

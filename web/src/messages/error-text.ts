// What the code of a failed attempt means, in the operator's language; a code that is not known here has the service's own words.
import { useTranslation } from 'react-i18next';
import type { en } from '../i18n/en/index.ts';

type KnownCode = keyof (typeof en)['common']['errorCode'];

export function useErrorText(): (error: { readonly code: string; readonly explanation: string }) => string {
  const { t } = useTranslation();
  return ({ code, explanation }) => t(`errorCode.${code as KnownCode}`, { defaultValue: explanation });
}

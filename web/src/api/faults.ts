// What to tell the operator when a request failed.
import type { CombinedError } from 'urql';
import { useTranslation } from 'react-i18next';
import type { UserErrorCode } from './generated/graphql.ts';

export function useFaultText(): (error: CombinedError) => string {
  const { t } = useTranslation();
  return (error) => {
    if (error.networkError !== undefined && error.graphQLErrors.length === 0) return t('fault.network');
    const { code = '', requestId } = (error.graphQLErrors[0]?.extensions ?? {}) as { readonly code?: string; readonly requestId?: string };
    switch (code) {
      case 'SERVICE_UNAVAILABLE':
        return t('fault.unavailable');
      case 'FORBIDDEN':
        return t('fault.forbidden');
      case 'RATE_LIMITED':
        return t('fault.rateLimited');
      default:
        return t('fault.unexpected', { requestId: requestId ?? '?' });
    }
  };
}

export interface UserFault {
  readonly code: UserErrorCode;
  readonly field: readonly string[];
  readonly message: string;
}

/** The service's own words are English: the code has words in every language. */
export function useUserFaultText(): (fault: UserFault) => string {
  const { t } = useTranslation();
  return ({ code, message }) => t(`userError.${code}`, { defaultValue: message });
}

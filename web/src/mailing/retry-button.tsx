// Has the messages that ended on one code tried again, and says how many wait now.
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconRefresh } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useMutation } from 'urql';
import { useFaultText, useUserFaultText } from '../api/faults.ts';
import { RetryMessagesDocument } from '../api/generated/graphql.ts';
import type { LiveMailingFragment, MessageStatus } from '../api/generated/graphql.ts';
import { useFormat } from '../i18n/use-format.ts';

interface Props {
  readonly mailingId: string;
  readonly error: LiveMailingFragment['errors'][number];
}

export function RetryButton({ mailingId, error }: Props): ReactNode {
  const { t } = useTranslation('mailing');
  const { number } = useFormat();
  const textOf = useFaultText();
  const userTextOf = useUserFaultText();
  const [{ fetching }, retry] = useMutation(RetryMessagesDocument);
  const { code, failed, unconfirmed } = error;

  const run = async (): Promise<void> => {
    const { data, error: fault } = await retry({ mailingId, statuses: statusesOf(failed, unconfirmed), errorCodes: [code] });
    const faults = data?.retryMessages.userErrors ?? [];
    const refusal = fault === undefined ? faults.map(userTextOf).join(' ') : textOf(fault);
    if (refusal !== '')
      return void notifications.show({ color: 'red', title: t('errors.notRetried'), message: refusal, autoClose: 10_000 });
    const retried = data?.retryMessages.retried ?? 0;
    notifications.show({ color: 'teal', message: t('errors.retried', { count: retried, formatted: number(retried) }) });
  };
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<IconRefresh size={14} />}
      loading={fetching}
      aria-label={t('errors.retryOf', { code })}
      onClick={() => void run()}
    >
      {t('errors.retry')}
    </Button>
  );
}

function statusesOf(failed: number, unconfirmed: number): MessageStatus[] {
  return [...(failed > 0 ? (['FAILED'] as const) : []), ...(unconfirmed > 0 ? (['UNCONFIRMED'] as const) : [])];
}

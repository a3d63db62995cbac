// Which messages of a mailing are shown: in one status, or ended on one error.
import { Group, NativeSelect } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LiveMailingFragment } from '../api/generated/graphql.ts';
import { messageStatuses } from '../components/status-colors.ts';
import type { MessageFilter } from './message-filter.ts';

interface Props {
  readonly filter: MessageFilter;
  readonly errors: LiveMailingFragment['errors'];
  readonly onChange: (filter: MessageFilter) => void;
}

/** As the service has it: other messages are not found by the error they ended on. */
const withError = new Set(['FAILED', 'UNCONFIRMED', 'EXPIRED']);

export function MessageFilters({ filter, errors, onChange }: Props): ReactNode {
  const { t } = useTranslation(['mailing', 'common']);
  const { status, errorCode } = filter;
  // The code that is asked for stays, also when its last message has been tried again.
  const codes = [...new Set([...errors.map(({ code }) => code), ...(errorCode === null ? [] : [errorCode])])];
  const chooseStatus = (value: string): void => {
    const chosen = messageStatuses.find((known) => known === value) ?? null;
    onChange({ status: chosen, errorCode: chosen !== null && !withError.has(chosen) ? null : errorCode });
  };
  const chooseError = (value: string): void => {
    const code = value === '' ? null : value;
    onChange({ status: code !== null && status !== null && !withError.has(status) ? null : status, errorCode: code });
  };
  return (
    <Group gap="sm">
      <NativeSelect
        size="xs"
        label={t('messages.status')}
        value={status ?? ''}
        onChange={({ currentTarget }) => chooseStatus(currentTarget.value)}
        data={[
          { value: '', label: t('messages.anyStatus') },
          ...messageStatuses.map((value) => ({ value, label: t(`common:messageStatus.${value}`) })),
        ]}
      />
      {codes.length > 0 && (
        <NativeSelect
          size="xs"
          label={t('messages.error')}
          value={errorCode ?? ''}
          onChange={({ currentTarget }) => chooseError(currentTarget.value)}
          data={[{ value: '', label: t('messages.anyError') }, ...codes.map((code) => ({ value: code, label: code }))]}
        />
      )}
    </Group>
  );
}

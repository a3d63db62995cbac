// Why messages did not go out, in words, the most frequent reason first; what may pass can be tried again.
import { Group, Table, Text, UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LiveMailingFragment } from '../api/generated/graphql.ts';
import { Section } from '../components/section.tsx';
import { useFormat } from '../i18n/use-format.ts';
import { useMayChange } from '../session/role.tsx';
import { useErrorText } from '../messages/error-text.ts';
import { untriedOf } from './mailing-status.ts';
import { showMessages, useMessageFilter } from './message-filter.ts';
import { RetryButton } from './retry-button.tsx';

export function Errors({ mailing }: { readonly mailing: LiveMailingFragment }): ReactNode {
  const { t } = useTranslation(['mailing', 'common']);
  const { number } = useFormat();
  const textOf = useErrorText();
  const mayChange = useMayChange();
  const [, setFilter] = useMessageFilter();
  const untried = untriedOf(mailing);
  const open = (errorCode: string | null): void => {
    setFilter({ status: errorCode === null ? 'EXPIRED' : null, errorCode });
    showMessages();
  };
  return (
    <Section title={t('errors.title')}>
      <Table verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th ta="right">{t('errors.messages')}</Table.Th>
            <Table.Th>{t('errors.reason')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {mailing.errors.map((error) => (
            <Table.Tr key={error.code} data-error={error.code}>
              <Table.Td ta="right" fw={600} className="tabular" style={{ verticalAlign: 'top' }}>
                {number(error.messages)}
              </Table.Td>
              <Table.Td style={{ verticalAlign: 'top' }}>
                <Group justify="space-between" align="flex-start" gap="xs">
                  <div style={{ flex: '1 1 14rem' }}>
                    <UnstyledButton fz="sm" fw={600} className="quiet-link" onClick={() => open(error.code)}>
                      {error.code}
                    </UnstyledButton>
                    <Text size="sm">{textOf(error)}</Text>
                    {error.unconfirmed > 0 && (
                      <Text size="xs" c="dimmed">
                        {t('errors.unconfirmed', { count: error.unconfirmed, formatted: number(error.unconfirmed) })}
                      </Text>
                    )}
                  </div>
                  {error.retryCanHelp && mayChange && <RetryButton mailingId={mailing.id} error={error} />}
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
          {untried > 0 && (
            <Table.Tr data-error="EXPIRED">
              <Table.Td ta="right" fw={600} className="tabular" style={{ verticalAlign: 'top' }}>
                {number(untried)}
              </Table.Td>
              <Table.Td>
                <UnstyledButton fz="sm" fw={600} className="quiet-link" onClick={() => open(null)}>
                  {t('common:messageStatus.EXPIRED')}
                </UnstyledButton>
                <Text size="sm">{t('errors.expired')}</Text>
              </Table.Td>
            </Table.Tr>
          )}
        </Table.Tbody>
      </Table>
    </Section>
  );
}

// The requests that were made for one message, newest first, each with what became of it.
import { Skeleton, Table, Text } from '@mantine/core';
import { useEffect } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { MessageAttemptsDocument } from '../api/generated/graphql.ts';
import { FaultNotice } from '../components/states.tsx';
import { useFormat } from '../i18n/use-format.ts';
import { useErrorText } from './error-text.ts';
import type { MessageRow } from './use-messages.ts';

export function Attempts({ message }: { readonly message: MessageRow }): ReactNode {
  const { t } = useTranslation('mailing');
  const { dateTime, timeWithSeconds, number } = useFormat();
  const textOf = useErrorText();
  const { id, status, attempts, sentAt } = message;
  const [{ data, error, fetching }, read] = useQuery({
    query: MessageAttemptsDocument,
    variables: { id },
    requestPolicy: 'network-only',
  });
  // The row was read again, and there were more.
  useEffect(() => {
    read({ requestPolicy: 'network-only' });
  }, [status, attempts, read]);

  const log = data?.message?.attemptLog ?? [];
  if (error !== undefined) return <FaultNotice error={error} onRetry={() => read({ requestPolicy: 'network-only' })} />;
  if (data === undefined && fetching) return <Skeleton h={24} />;
  return (
    <>
      {sentAt !== null && <Text size="sm">{t('attempts.accepted', { at: dateTime(sentAt), attempt: number(attempts) })}</Text>}
      {sentAt === null && log.length === 0 && <Text size="sm">{t(attempts === 0 ? 'attempts.none' : 'attempts.noneCharged')}</Text>}
      {log.length > 0 && (
        <Table verticalSpacing={4} aria-label={t('messages.attemptsOf', { id })}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th ta="right">{t('attempts.number')}</Table.Th>
              <Table.Th>{t('attempts.at')}</Table.Th>
              <Table.Th>{t('attempts.outcome')}</Table.Th>
              <Table.Th>{t('attempts.reason')}</Table.Th>
              <Table.Th ta="right">HTTP</Table.Th>
              <Table.Th ta="right">{t('attempts.latency')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {log.map((attempt) => (
              <Table.Tr key={attempt.attempt} data-attempt={attempt.attempt}>
                <Table.Td ta="right">{number(attempt.attempt)}</Table.Td>
                <Table.Td className="tabular" title={dateTime(attempt.at)}>
                  {timeWithSeconds(attempt.at)}
                </Table.Td>
                <Table.Td>{t(`outcome.${attempt.outcome}`)}</Table.Td>
                <Table.Td>
                  <Text size="sm">
                    <b>{attempt.code}</b> {textOf(attempt)}
                  </Text>
                  <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                    {attempt.message}
                  </Text>
                </Table.Td>
                <Table.Td ta="right">{attempt.httpStatus ?? '–'}</Table.Td>
                <Table.Td ta="right" className="tabular">
                  {t('attempts.ms', { ms: number(attempt.latencyMs) })}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </>
  );
}

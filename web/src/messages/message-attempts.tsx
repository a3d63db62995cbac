// The attempts of one message that were not accepted: read when somebody looks, and again when the message has moved.
import { Skeleton, Table, Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { AttemptsOfMessageDocument } from '../api/generated/graphql.ts';
import type { AttemptsOfMessageQuery } from '../api/generated/graphql.ts';
import { FaultNotice } from '../components/states.tsx';
import { useFormat } from '../i18n/use-format.ts';

type Attempt = NonNullable<AttemptsOfMessageQuery['message']>['attemptLog'][number];

/** `attempts`: how many there have been; another number reads again. */
export function MessageAttempts({ messageId, attempts }: { readonly messageId: string; readonly attempts: number }): ReactNode {
  const { t } = useTranslation();
  const [{ data, error }, read] = useQuery({ query: AttemptsOfMessageDocument, variables: { id: messageId } });
  const seen = useRef(attempts);
  useEffect(() => {
    if (seen.current !== attempts) read({ requestPolicy: 'network-only' });
    seen.current = attempts;
  }, [attempts, read]);
  const message = data?.message;
  if (error !== undefined) return <FaultNotice error={error} onRetry={() => read({ requestPolicy: 'network-only' })} />;
  if (message === undefined || message === null) return <Skeleton h={20} />;
  return (
    <>
      {message.attemptLog.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('attempt.none')}
        </Text>
      ) : (
        <AttemptsTable attempts={message.attemptLog} />
      )}
      {message.status === 'SENT' && message.attemptLog.length > 0 && (
        <Text size="xs" c="dimmed" mt={4}>
          {t('attempt.accepted')}
        </Text>
      )}
    </>
  );
}

function AttemptsTable({ attempts }: { readonly attempts: readonly Attempt[] }): ReactNode {
  const { t } = useTranslation();
  const { dateTime, duration, number } = useFormat();
  return (
    <Table verticalSpacing={4} fz="sm" withRowBorders={false} aria-label={t('attempt.title')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('attempt.number')}</Table.Th>
          <Table.Th>{t('attempt.at')}</Table.Th>
          <Table.Th>{t('attempt.outcome')}</Table.Th>
          <Table.Th>{t('attempt.code')}</Table.Th>
          <Table.Th>{t('attempt.explanation')}</Table.Th>
          <Table.Th>{t('attempt.took')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {attempts.map(({ attempt, at, outcome, code, explanation, message, httpStatus, latencyMs }) => (
          <Table.Tr key={attempt} data-attempt={attempt}>
            <Table.Td className="tabular">{number(attempt)}</Table.Td>
            <Table.Td className="tabular">{dateTime(at)}</Table.Td>
            <Table.Td>{t(`attempt.outcomes.${outcome}`)}</Table.Td>
            <Table.Td className="tabular">
              {code}
              {httpStatus !== null &&
                httpStatus !== undefined &&
                !code.includes(String(httpStatus)) &&
                ` (${t('attempt.status')} ${httpStatus})`}
            </Table.Td>
            <Table.Td style={{ overflowWrap: 'anywhere', minWidth: 220 }}>
              {explanation}
              <Text span display="block" size="xs" c="dimmed">
                {message}
              </Text>
            </Table.Td>
            <Table.Td className="tabular">
              {latencyMs < 1_000 ? t('attempt.milliseconds', { formatted: number(latencyMs) }) : duration(latencyMs)}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

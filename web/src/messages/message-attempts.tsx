// What became of the attempts of one message: read when somebody looks, and again when there are more.
import { Skeleton, Table, Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { AttemptsOfMessageDocument } from '../api/generated/graphql.ts';
import type { AttemptsOfMessageQuery } from '../api/generated/graphql.ts';
import { FaultNotice } from '../components/states.tsx';
import { useFormat } from '../i18n/use-format.ts';
import { useErrorText } from './error-text.ts';

type Attempt = NonNullable<AttemptsOfMessageQuery['message']>['attemptLog'][number];

/** `attempts`: how many there have been; another number reads again. */
export function MessageAttempts({ messageId, attempts }: { readonly messageId: string; readonly attempts: number }): ReactNode {
  const { t } = useTranslation();
  const { dateTime, number } = useFormat();
  const [{ data, error }, read] = useQuery({ query: AttemptsOfMessageDocument, variables: { id: messageId } });
  const seen = useRef(attempts);
  useEffect(() => {
    if (seen.current !== attempts) read({ requestPolicy: 'network-only' });
    seen.current = attempts;
  }, [attempts, read]);
  const message = data?.message;
  if (error !== undefined) return <FaultNotice error={error} onRetry={() => read({ requestPolicy: 'network-only' })} />;
  if (message === undefined || message === null) return <Skeleton h={20} />;
  const { sentAt, attemptLog } = message;
  return (
    <>
      {sentAt !== null && <Text size="sm">{t('attempt.accepted', { at: dateTime(sentAt), attempt: number(message.attempts) })}</Text>}
      {sentAt === null && attemptLog.length === 0 && (
        <Text size="sm" c="dimmed">
          {t(message.attempts === 0 ? 'attempt.notYet' : 'attempt.none')}
        </Text>
      )}
      {attemptLog.length > 0 && <AttemptsTable attempts={attemptLog} />}
    </>
  );
}

function AttemptsTable({ attempts }: { readonly attempts: readonly Attempt[] }): ReactNode {
  const { t } = useTranslation();
  const { dateTime, duration, number } = useFormat();
  const textOf = useErrorText();
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
              {textOf({ code, explanation })}
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

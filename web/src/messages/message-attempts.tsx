// What became of the attempts of one message: read when somebody looks, and again when there are more.
import { Skeleton, Stack, Table, Text } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { AttemptsOfMessageDocument } from '../api/generated/graphql.ts';
import type { AttemptsOfMessageQuery } from '../api/generated/graphql.ts';
import { useReconnected } from '../api/use-reconnected.ts';
import { FaultNotice } from '../components/states.tsx';
import { useHasRoom } from '../components/use-has-room.ts';
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
  const readAgain = (): void => read({ requestPolicy: 'network-only' });
  useReconnected(() => {
    if (error !== undefined) readAgain();
  });
  const message = data?.message;
  if (error !== undefined) return <FaultNotice error={error} onRetry={readAgain} />;
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
  const { dateTime, number } = useFormat();
  if (!useHasRoom()) return <AttemptsList attempts={attempts} />;
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
        {attempts.map((attempt) => (
          <Table.Tr key={attempt.attempt} data-attempt={attempt.attempt}>
            <Table.Td className="tabular">{number(attempt.attempt)}</Table.Td>
            <Table.Td className="tabular">{dateTime(attempt.at)}</Table.Td>
            <Table.Td>{t(`attempt.outcomes.${attempt.outcome}`)}</Table.Td>
            <Table.Td className="tabular">
              <Code attempt={attempt} />
            </Table.Td>
            <Table.Td className="entered" miw={220}>
              <Explanation attempt={attempt} />
            </Table.Td>
            <Table.Td className="tabular">
              <Took attempt={attempt} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** The same below each other. */
function AttemptsList({ attempts }: { readonly attempts: readonly Attempt[] }): ReactNode {
  const { t } = useTranslation();
  const { dateTime, number } = useFormat();
  return (
    <Stack component="ol" gap="sm" m={0} p={0} style={{ listStyle: 'none' }} aria-label={t('attempt.title')}>
      {attempts.map((attempt) => (
        <Text component="li" key={attempt.attempt} size="sm" className="entered" data-attempt={attempt.attempt}>
          <Text span display="block" size="sm" fw={600}>
            {t(`attempt.outcomes.${attempt.outcome}`)}: <Code attempt={attempt} />
          </Text>
          <Explanation attempt={attempt} />
          <Text span display="block" size="xs" c="dimmed" className="tabular">
            {number(attempt.attempt)} · {dateTime(attempt.at)} · <Took attempt={attempt} />
          </Text>
        </Text>
      ))}
    </Stack>
  );
}

function Code({ attempt: { code, httpStatus } }: { readonly attempt: Attempt }): ReactNode {
  const { t } = useTranslation();
  if (httpStatus === null || httpStatus === undefined || code.includes(String(httpStatus))) return code;
  return `${code} (${t('attempt.status')} ${httpStatus})`;
}

/** What the code means, and what the provider said itself. */
function Explanation({ attempt: { code, explanation, message } }: { readonly attempt: Attempt }): ReactNode {
  const textOf = useErrorText();
  return (
    <>
      {textOf({ code, explanation })}
      <Text span display="block" size="xs" c="dimmed">
        {message}
      </Text>
    </>
  );
}

function Took({ attempt: { latencyMs } }: { readonly attempt: Attempt }): ReactNode {
  const { t } = useTranslation();
  const { duration, number } = useFormat();
  return latencyMs < 1_000 ? t('attempt.milliseconds', { formatted: number(latencyMs) }) : duration(latencyMs);
}

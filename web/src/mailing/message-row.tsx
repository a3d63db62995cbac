// One message of a mailing, and below it, when it is opened, its attempts.
import { ActionIcon, Anchor, Table, Text } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { memo } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { MessageStatusBadge } from '../components/status-badge.tsx';
import { formatPhone } from '../components/phones.ts';
import { useFormat } from '../i18n/use-format.ts';
import { useErrorText } from '../messages/error-text.ts';
import { MessageAttempts } from '../messages/message-attempts.tsx';
import type { MessageRow as Row } from './use-messages.ts';

interface Props {
  readonly message: Row;
  readonly isOpen: boolean;
  readonly now: number;
  /** For all columns; otherwise there are two, and what else matters stands below. */
  readonly hasRoom: boolean;
  /** With the id to open, or null to close. */
  readonly onToggle: (id: string | null) => void;
}

export const MessageRow = memo(function MessageRow({ message, isOpen, now, hasRoom, onToggle }: Props): ReactNode {
  const { t } = useTranslation('mailing');
  const { number } = useFormat();
  const textOf = useErrorText();
  const { id, phone, client, status, attempts, lastError } = message;
  const error = lastError !== null && <span title={textOf(lastError)}>{lastError.code}</span>;
  const recipient =
    client === null ? (
      <Text span size="sm" c="dimmed">
        {phone === null ? t('messages.clientDeleted') : formatPhone(phone)}
      </Text>
    ) : (
      <Anchor component={Link} href={`/clients/${client.id}`} size="sm" style={nowrap}>
        {phone === null ? client.id : formatPhone(phone)}
      </Anchor>
    );
  return (
    <>
      <Table.Tr data-message={id} data-status={status}>
        <Table.Td>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-expanded={isOpen}
            aria-label={t('messages.attemptsOf', { id })}
            onClick={() => onToggle(isOpen ? null : id)}
          >
            {isOpen ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />}
          </ActionIcon>
        </Table.Td>
        <Table.Th scope="row" fw={400} className="tabular">
          {id}
          {!hasRoom && (
            <>
              {' · '}
              {recipient}
              <Text size="xs" c="dimmed">
                <When message={message} now={now} />
              </Text>
            </>
          )}
        </Table.Th>
        {hasRoom && <Table.Td className="tabular">{recipient}</Table.Td>}
        <Table.Td>
          <MessageStatusBadge status={status} />
          {!hasRoom && (
            <Text size="xs" c="dimmed">
              {error}
            </Text>
          )}
        </Table.Td>
        {hasRoom && (
          <>
            <Table.Td className="tabular">
              <When message={message} now={now} />
            </Table.Td>
            <Table.Td ta="right" className="tabular">
              {number(attempts)}
            </Table.Td>
            <Table.Td>{error}</Table.Td>
          </>
        )}
      </Table.Tr>
      {isOpen && (
        <Table.Tr>
          {hasRoom && <Table.Td />}
          <Table.Td colSpan={hasRoom ? 6 : 3} pb="md">
            <MessageAttempts messageId={id} attempts={attempts} />
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
});

const nowrap = { whiteSpace: 'nowrap' } as const;

/** When it ended, or from when on it may be sent. */
function When({ message: { finishedAt, dueAt }, now }: Pick<Props, 'message' | 'now'>): ReactNode {
  const { t } = useTranslation('mailing');
  const { dateTime } = useFormat();
  if (finishedAt !== null) return dateTime(finishedAt);
  if (dueAt === null) return '–';
  return t(Date.parse(dueAt) > now ? 'messages.notBefore' : 'messages.readySince', { at: dateTime(dueAt) });
}

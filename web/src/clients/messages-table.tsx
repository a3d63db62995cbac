// Messages of one client, each with its attempts on demand.
import { ActionIcon, Anchor, Table, Text } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { memo, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { MessagesOfClientQuery } from '../api/generated/graphql.ts';
import { MessageStatusBadge } from '../components/status-badge.tsx';
import { useFormat } from '../i18n/use-format.ts';
import { MessageAttempts } from '../messages/message-attempts.tsx';

type Message = NonNullable<MessagesOfClientQuery['client']>['messages']['nodes'][number];

export function MessagesTable({ messages }: { readonly messages: readonly Message[] }): ReactNode {
  const { t } = useTranslation('clients');
  return (
    <Table.ScrollContainer minWidth={860} type="native" tabIndex={0} role="region" aria-label={t('messages.title')}>
      <Table verticalSpacing={6} aria-labelledby="client-messages">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={40} aria-label={t('messages.attempts')} />
            <Table.Th>{t('messages.status')}</Table.Th>
            <Table.Th>{t('messages.mailing')}</Table.Th>
            <Table.Th>{t('messages.created')}</Table.Th>
            <Table.Th>{t('messages.settled')}</Table.Th>
            <Table.Th ta="right">{t('messages.attempts')}</Table.Th>
            <Table.Th>{t('messages.lastError')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {messages.map((message) => (
            <MessageRow key={message.id} message={message} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

const MessageRow = memo(function MessageRow({ message }: { readonly message: Message }): ReactNode {
  const { t } = useTranslation('clients');
  const { dateTime, number } = useFormat();
  const [opened, setOpened] = useState(false);
  const { id, status, mailing, createdAt, dueAt, finishedAt, attempts, lastError } = message;
  const detailsId = `attempts-${id}`;
  return (
    <>
      <Table.Tr data-message={id}>
        <Table.Td>
          {attempts > 0 && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={t('messages.open', { time: dateTime(createdAt) })}
              aria-expanded={opened}
              aria-controls={opened ? detailsId : undefined}
              onClick={() => setOpened(!opened)}
            >
              {opened ? <IconChevronDown size={16} /> : <IconChevronRight size={16} />}
            </ActionIcon>
          )}
        </Table.Td>
        <Table.Td miw={150}>
          <MessageStatusBadge status={status} />
        </Table.Td>
        <Table.Td className="text-cell" maw={260} title={mailing.text}>
          <Anchor component={Link} href={`/mailings/${mailing.id}`} size="sm">
            {mailing.text}
          </Anchor>
        </Table.Td>
        <Table.Td className="tabular" style={nowrap}>
          {dateTime(createdAt)}
        </Table.Td>
        <Table.Td className="tabular" style={nowrap}>
          {finishedAt !== null && finishedAt !== undefined && dateTime(finishedAt)}
          {dueAt !== null && dueAt !== undefined && (
            <Text span size="sm" c="dimmed">
              {t('messages.due', { time: dateTime(dueAt) })}
            </Text>
          )}
        </Table.Td>
        <Table.Td ta="right" className="tabular">
          {number(attempts)}
        </Table.Td>
        <Table.Td className="text-cell" maw={260} title={lastError?.explanation}>
          {lastError?.code}
        </Table.Td>
      </Table.Tr>
      {opened && (
        <Table.Tr id={detailsId}>
          <Table.Td />
          <Table.Td colSpan={6}>
            <MessageAttempts messageId={id} attempts={attempts} />
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
});

const nowrap = { whiteSpace: 'nowrap' } as const;

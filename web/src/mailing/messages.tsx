// The messages of the mailing: filtered, page by page, each with its attempts.
import { Box, Button, Group, Table } from '@mantine/core';
import { useInViewport } from '@mantine/hooks';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LiveMailingFragment } from '../api/generated/graphql.ts';
import { Pager } from '../components/pager.tsx';
import { Section } from '../components/section.tsx';
import { Empty, FaultNotice, Loading } from '../components/states.tsx';
import { useHasRoom } from '../components/use-has-room.ts';
import { useNow } from '../components/use-now.ts';
import { useFormat } from '../i18n/use-format.ts';
import { ExportButton } from './export-button.tsx';
import { messagesId, useMessageFilter } from './message-filter.ts';
import { MessageFilters } from './message-filters.tsx';
import { MessageRow } from './message-row.tsx';
import { PAGE_SIZE, useMessages } from './use-messages.ts';
import type { Messages as MessagesRead } from './use-messages.ts';

export function Messages({ mailing }: { readonly mailing: LiveMailingFragment }): ReactNode {
  const { t } = useTranslation(['mailing', 'common']);
  const [filter, setFilter] = useMessageFilter();
  const [opened, setOpened] = useState<string | null>(null);
  const [isRead, setIsRead] = useState(false);
  const { ref, inViewport } = useInViewport();
  const now = useNow(10_000);
  const hasRoom = useHasRoom();
  const messages = useMessages({
    mailingId: mailing.id,
    filter,
    version: mailing.statistics.version,
    mayMove: inViewport && opened === null && !isRead,
  });
  const { page, error, isReading, isOld, index, reread } = messages;
  return (
    <Box id={messagesId} tabIndex={-1} ref={ref}>
      <Section title={t('messages.title')} aside={<ExportButton mailingId={mailing.id} filter={filter} />}>
        <Group justify="space-between" align="flex-end">
          <MessageFilters filter={filter} errors={mailing.errors} onChange={setFilter} />
          {isOld && (index > 0 || opened !== null || isRead) && (
            <Button size="xs" variant="light" onClick={reread}>
              {t('common:action.refresh')}
            </Button>
          )}
        </Group>
        <FaultNotice error={error} onRetry={reread} />
        {page === null && isReading && <Loading />}
        {page !== null && page.nodes.length === 0 && <Empty title={t('messages.none')} />}
        {page !== null && page.nodes.length > 0 && (
          <Box
            onMouseEnter={() => setIsRead(true)}
            onMouseLeave={() => setIsRead(false)}
            onFocus={() => setIsRead(true)}
            onBlur={() => setIsRead(false)}
          >
            <Table.ScrollContainer
              minWidth={hasRoom ? 760 : 300}
              scrollAreaProps={{ viewportProps: { tabIndex: 0, 'aria-label': t('messages.title') } }}
            >
              <Table verticalSpacing={4} aria-busy={isReading}>
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th w={36} aria-label={t('messages.attempts')} />
                    <Table.Th>{t('messages.message')}</Table.Th>
                    {hasRoom && <Table.Th>{t('messages.phone')}</Table.Th>}
                    <Table.Th>{t('messages.status')}</Table.Th>
                    {hasRoom && (
                      <>
                        <Table.Th>{t('messages.when')}</Table.Th>
                        <Table.Th ta="right">{t('messages.attempts')}</Table.Th>
                        <Table.Th>{t('messages.lastError')}</Table.Th>
                      </>
                    )}
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {page.nodes.map((message) => (
                    <MessageRow
                      key={message.id}
                      message={message}
                      isOpen={opened === message.id}
                      now={now}
                      hasRoom={hasRoom}
                      onToggle={setOpened}
                    />
                  ))}
                </Table.Tbody>
              </Table>
            </Table.ScrollContainer>
          </Box>
        )}
        {page !== null && <Paging messages={messages} page={page} />}
      </Section>
    </Box>
  );
}

interface PagingProps {
  readonly messages: MessagesRead;
  readonly page: NonNullable<MessagesRead['page']>;
}

function Paging({ messages: { index, goTo }, page: { nodes, totalCount, pageInfo } }: PagingProps): ReactNode {
  const { t } = useTranslation(['mailing', 'common']);
  const { number } = useFormat();
  if (totalCount === 0) return null;
  const from = index * PAGE_SIZE + 1;
  const range = { from: number(from), to: number(from + nodes.length - 1), total: number(totalCount) };
  return (
    <Pager
      label={t('messages.pages')}
      range={t('common:page.range', range)}
      onFirst={index === 0 ? null : () => goTo('first')}
      onBack={index === 0 ? null : () => goTo('previous')}
      onNext={pageInfo.hasNextPage ? () => goTo('next') : null}
    />
  );
}

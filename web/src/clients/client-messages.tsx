// The messages of one client, newest first; read again while the totals of messages move.
import { Group, Text, Title } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { useConnectionState } from '../api/api.tsx';
import { MessagesOfClientDocument } from '../api/generated/graphql.ts';
import { Stale } from '../components/stale.tsx';
import { Empty, FaultNotice, Loading } from '../components/states.tsx';
import { useFormat } from '../i18n/use-format.ts';
import { MessagesTable } from './messages-table.tsx';
import { Pager } from '../components/pager.tsx';
import { TotalsWatch } from './totals-watch.tsx';

const PAGE_SIZE = 20;

export function ClientMessages({ clientId }: { readonly clientId: string }): ReactNode {
  const { t } = useTranslation('clients');
  const { number } = useFormat();
  const { status } = useConnectionState();
  /** Where each page up to this one begins; null: at the newest. */
  const [starts, setStarts] = useState<readonly (string | null)[]>([null]);
  const after = starts.at(-1) ?? null;
  const [{ data, error, fetching }, read] = useQuery({
    query: MessagesOfClientDocument,
    variables: { clientId, first: PAGE_SIZE, after },
  });
  const readAgain = (): void => read({ requestPolicy: 'network-only' });
  const messages = data?.client?.messages;
  // Pressed twice, it has the same cursor: the next page is not there yet.
  const next = (end: string | null): void => setStarts((before) => (before.at(-1) === end ? before : [...before, end]));
  return (
    <section aria-labelledby="client-messages">
      <Group gap="sm" mb="xs" align="baseline">
        <Title order={2} size="h4" id="client-messages">
          {t('messages.title')}
        </Title>
        {messages !== undefined && messages.totalCount > 0 && (
          <Text c="dimmed" size="sm" className="tabular">
            {t('messages.count', { count: messages.totalCount, formatted: number(messages.totalCount) })}
          </Text>
        )}
      </Group>
      <TotalsWatch of={({ messages: counts }) => JSON.stringify(counts)} onChange={readAgain} />
      <FaultNotice error={error} onRetry={readAgain} />
      {messages === undefined && fetching && <Loading />}
      {messages?.totalCount === 0 && <Empty title={t('messages.none')} text={t('messages.noneText')} />}
      {messages !== undefined && messages.nodes.length > 0 && (
        <Stale when={status === 'disconnected' || status === 'offline'}>
          <MessagesTable messages={messages.nodes} />
        </Stale>
      )}
      {messages !== undefined && (
        <Pager
          label={t('messages.title')}
          onFirst={after === null ? null : () => setStarts([null])}
          onBack={starts.length < 2 ? null : () => setStarts(starts.slice(0, -1))}
          onNext={messages.pageInfo.hasNextPage ? () => next(messages.pageInfo.endCursor ?? null) : null}
        />
      )}
    </section>
  );
}

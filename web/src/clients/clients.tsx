// The directory: searched, filtered and paged by the address, and live.
import { Alert, Anchor, Box, Button, Group, Text } from '@mantine/core';
import { IconFileImport, IconPlus } from '@tabler/icons-react';
import { useEffect } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useSearch } from 'wouter';
import { useHistoryState } from 'wouter/use-browser-location';
import { ClientsCountDocument, ClientsPageDocument } from '../api/generated/graphql.ts';
import { useLive } from '../api/use-live.ts';
import { Page } from '../components/page.tsx';
import { Stale } from '../components/stale.tsx';
import { Empty, LoadingLive, RefusedNotice } from '../components/states.tsx';
import { useFormat } from '../i18n/use-format.ts';
import { useMayChange } from '../session/role.tsx';
import { ClientsFilters } from './clients-filters.tsx';
import { ClientsTable } from './clients-table.tsx';
import { isFiltered, noFilters, readClientsAddress, toClientsHref, toClientWhere } from './clients-address.ts';
import type { ClientsAddress } from './clients-address.ts';
import { CreateClient } from './create-client.tsx';
import { useImportState } from './import/import-store.ts';
import { Pager } from '../components/pager.tsx';

const PAGE_SIZE = 50;

/** Where the pages before this one began, for the way back; kept by the browser beside the address. */
interface Trail {
  readonly before: readonly (string | null)[];
}

export function Clients(): ReactNode {
  const { t } = useTranslation('clients');
  const mayChange = useMayChange();
  const address = readClientsAddress(useSearch());
  const { filters, order, after, creating } = address;
  const [, navigate] = useLocation();
  const before = useHistoryState<Trail | null>()?.before ?? [];
  const go = (part: Partial<ClientsAddress>, options: { readonly replace?: boolean; readonly before?: Trail['before'] } = {}): void =>
    navigate(toClientsHref({ ...address, ...part }), { replace: options.replace ?? false, state: { before: options.before ?? [] } });

  const where = toClientWhere(filters);
  const page = useLive(ClientsPageDocument, { first: PAGE_SIZE, after, where, orderBy: order });
  const count = useLive(ClientsCountDocument, { where });
  // A cursor that the service does not know, as from a link of another order: the list begins anew.
  const cursorRefused = after !== null && page.errorCode === 'BAD_USER_INPUT';
  useEffect(() => {
    if (cursorRefused) navigate(toClientsHref({ ...readClientsAddress(location.search), after: null }), { replace: true });
  }, [cursorRefused, navigate]);

  const { nodes = [], pageInfo } = page.data?.clients ?? {};
  const isEmpty = page.data !== null && nodes.length === 0 && !page.outdated;
  return (
    <Page
      title={t('title')}
      badge={
        <Total count={count.data?.clients.totalCount} isFiltered={isFiltered(filters)} isStale={count.stale} isOutdated={count.outdated} />
      }
      actions={mayChange && <Actions onCreate={() => go({ creating: true }, { before })} />}
    >
      <ImportUnderWay />
      <ClientsFilters
        filters={filters}
        order={order}
        onFilters={(next) => go({ filters: next, after: null }, { replace: true })}
        onOrder={(next) => go({ order: next, after: null }, { replace: true })}
      />
      {page.errorCode !== null && !cursorRefused && <RefusedNotice code={page.errorCode} />}
      {page.data === null && page.errorCode === null && <LoadingLive />}
      {nodes.length > 0 && (
        <Stale when={page.stale}>
          <Box className={page.outdated ? 'outdated' : ''} aria-busy={page.outdated}>
            <ClientsTable clients={nodes} />
          </Box>
        </Stale>
      )}
      {isEmpty &&
        after === null &&
        (isFiltered(filters) ? (
          <NoneMatch onClear={() => go({ filters: noFilters })} />
        ) : (
          <NoClients onCreate={() => go({ creating: true })} />
        ))}
      {isEmpty && after !== null && <Empty title={t('pageGone')} />}
      {page.data !== null && (
        <Pager
          label={t('pages')}
          outdated={page.outdated}
          onFirst={after === null ? null : () => go({ after: null })}
          onBack={before.length === 0 ? null : () => go({ after: before.at(-1) ?? null }, { before: before.slice(0, -1) })}
          onNext={pageInfo?.hasNextPage === true ? () => go({ after: pageInfo.endCursor ?? null }, { before: [...before, after] }) : null}
        />
      )}
      {mayChange && (
        <CreateClient
          opened={creating}
          onClose={() => go({ creating: false }, { replace: true, before })}
          onCreated={() => go({ creating: false }, { replace: true, before })}
        />
      )}
    </Page>
  );
}

function Actions({ onCreate }: { readonly onCreate: () => void }): ReactNode {
  const { t } = useTranslation('clients');
  return (
    <>
      <Button component={Link} href="/import" variant="default" leftSection={<IconFileImport size={16} />}>
        {t('import')}
      </Button>
      <Button leftSection={<IconPlus size={16} />} onClick={onCreate}>
        {t('create')}
      </Button>
    </>
  );
}

interface TotalProps {
  readonly count: number | undefined;
  readonly isFiltered: boolean;
  readonly isStale: boolean;
  readonly isOutdated: boolean;
}

function Total({ count, isFiltered: filtered, isStale, isOutdated }: TotalProps): ReactNode {
  const { t } = useTranslation('clients');
  const { number } = useFormat();
  if (count === undefined) return null;
  const values = { count, formatted: number(count) };
  return (
    <Stale when={isStale}>
      <Text c="dimmed" className={isOutdated ? 'tabular outdated' : 'tabular'} role="status" data-total={count}>
        {filtered ? t('matching', values) : t('count', values)}
      </Text>
    </Stale>
  );
}

function NoClients({ onCreate }: { readonly onCreate: () => void }): ReactNode {
  const { t } = useTranslation('clients');
  const mayChange = useMayChange();
  return (
    <Empty title={t('empty.title')} text={mayChange ? t('empty.text') : t('empty.viewer')}>
      {mayChange && (
        <Group mt="xs">
          <Actions onCreate={onCreate} />
        </Group>
      )}
    </Empty>
  );
}

function NoneMatch({ onClear }: { readonly onClear: () => void }): ReactNode {
  const { t } = useTranslation('clients');
  return (
    <Empty title={t('empty.unmatched')} text={t('empty.unmatchedText')}>
      <Button variant="default" size="xs" onClick={onClear}>
        {t('filter.clear')}
      </Button>
    </Empty>
  );
}

function ImportUnderWay(): ReactNode {
  const { t } = useTranslation('clients');
  const { percent } = useFormat();
  const state = useImportState();
  if (state.step !== 'uploading') return null;
  return (
    <Alert variant="outline" py="xs">
      {t('importRuns', { percent: percent(state.sentBytes / state.file.size) })}{' '}
      <Anchor component={Link} href="/import" size="sm">
        {t('importShow')}
      </Anchor>
    </Alert>
  );
}

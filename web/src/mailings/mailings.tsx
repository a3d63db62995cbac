// The list of all mailings: filtered, sorted and paged by its address, live.
import { Stack } from '@mantine/core';
import { useEffect, useMemo, useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearch } from 'wouter';
import { MailingsPageDocument } from '../api/generated/graphql.ts';
import { useLive } from '../api/use-live.ts';
import { Page } from '../components/page.tsx';
import { LoadingLive } from '../components/states.tsx';
import { Stale } from '../components/stale.tsx';
import { ListFilters } from './list-filters.tsx';
import { NoMailings, NoPage } from './list-empty.tsx';
import { ListPager } from './list-pager.tsx';
import { parseListView, toWhere } from './list-address.ts';
import { MailingList } from './mailing-list.tsx';
import { NewMailingButton } from './new-mailing-button.tsx';
import { operatorZone } from './operator-zone.ts';

const PAGE_SIZE = 20;

export function Mailings(): ReactNode {
  const { t } = useTranslation('mailings');
  const search = useSearch();
  const view = useMemo(() => parseListView(search), [search]);
  const { data, stale, outdated, errorCode } = useLive(MailingsPageDocument, {
    first: PAGE_SIZE,
    after: view.after,
    where: toWhere(view, operatorZone),
    orderBy: view.order,
  });
  const page = data?.mailings ?? null;
  const { place, onDeleted } = useFocusAfterDeletion(page);

  return (
    <Page title={t('list.title')} actions={<NewMailingButton />}>
      <ListFilters view={view} />
      {errorCode !== null && <NoPage view={view} errorCode={errorCode} />}
      {errorCode === null && page === null && <LoadingLive />}
      {errorCode === null && page !== null && (
        <Stack
          ref={place}
          tabIndex={-1}
          role="region"
          aria-label={t('list.title')}
          aria-busy={outdated}
          className={outdated ? 'outdated' : ''}
          style={{ outline: 'none' }}
        >
          {page.nodes.length === 0 ? (
            <NoMailings view={view} total={page.totalCount} />
          ) : (
            <Stale when={stale}>
              <MailingList mailings={page.nodes} view={view} onDeleted={onDeleted} />
            </Stale>
          )}
          <ListPager view={view} outdated={outdated} page={page} />
        </Stack>
      )}
    </Page>
  );
}

/** The row that had the focus is gone: the list gets it, so that the keyboard does not begin at the top again. */
function useFocusAfterDeletion(page: unknown) {
  const place = useRef<HTMLDivElement>(null);
  const deleted = useRef(false);
  useEffect(() => {
    if (!deleted.current || document.activeElement !== document.body) return;
    deleted.current = false;
    place.current?.focus();
  }, [page]);
  return {
    place,
    onDeleted: () => {
      deleted.current = true;
    },
  };
}

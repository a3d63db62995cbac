// From page to page of the list, by cursors.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useHistoryState } from 'wouter/use-browser-location';
import { Pager } from '../components/pager.tsx';
import { useFormat } from '../i18n/use-format.ts';
import type { ListView } from './list-address.ts';
import { useShowList } from './use-show-list.ts';
import type { ListTrail } from './use-show-list.ts';

interface Props {
  readonly view: ListView;
  /** The page is still that of another view. */
  readonly outdated: boolean;
  readonly page: {
    readonly totalCount: number;
    readonly nodes: readonly unknown[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

export function ListPager({ view, outdated, page: { totalCount, nodes, pageInfo } }: Props): ReactNode {
  const { t } = useTranslation();
  const { t: tList } = useTranslation('mailings');
  const { number } = useFormat();
  const show = useShowList(view);
  const trail = useHistoryState<ListTrail | null>()?.before ?? [];
  const isFirst = view.after === null;
  if (isFirst && !pageInfo.hasNextPage && totalCount === 0) return null;
  const total = number(totalCount);
  const range = isFirst
    ? t('page.range', { from: number(1), to: number(nodes.length), total })
    : tList('list.total', { count: totalCount, formatted: total });
  const goBack = (): void => show({ after: trail.at(-1) ?? null }, { before: trail.slice(0, -1) });
  const goOn = (): void =>
    show({ after: pageInfo.endCursor }, { before: isFirst ? [null] : trail.length > 0 ? [...trail, view.after] : [] });
  return (
    <Pager
      label={tList('list.pages')}
      range={range}
      outdated={outdated}
      onFirst={isFirst ? null : () => show({})}
      onBack={isFirst || trail.length === 0 ? null : goBack}
      onNext={pageInfo.hasNextPage ? goOn : null}
    />
  );
}

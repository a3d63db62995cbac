// From page to page of the list, by cursors.
import { Button, Group, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useHistoryState } from 'wouter/use-browser-location';
import { useFormat } from '../i18n/use-format.ts';
import type { ListView } from './list-address.ts';
import { useShowList } from './use-show-list.ts';
import type { ListTrail } from './use-show-list.ts';

interface Props {
  readonly view: ListView;
  readonly page: {
    readonly totalCount: number;
    readonly nodes: readonly unknown[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

export function ListPager({ view, page: { totalCount, nodes, pageInfo } }: Props): ReactNode {
  const { t } = useTranslation();
  const { t: tList } = useTranslation('mailings');
  const { number } = useFormat();
  const show = useShowList(view);
  const trail = useHistoryState<ListTrail | null>()?.before ?? [];
  const isFirst = view.after === null;
  if (isFirst && !pageInfo.hasNextPage && totalCount === 0) return null;
  const total = number(totalCount);
  return (
    <Group justify="space-between">
      <Text size="sm" c="dimmed" className="tabular">
        {isFirst
          ? t('page.range', { from: number(1), to: number(nodes.length), total })
          : tList('list.total', { count: totalCount, formatted: total })}
      </Text>
      <Group gap="xs">
        {!isFirst && (
          <Button variant="default" size="xs" onClick={() => show({})}>
            {t('action.firstPage')}
          </Button>
        )}
        {!isFirst && trail.length > 0 && (
          <Button
            variant="default"
            size="xs"
            leftSection={<IconChevronLeft size={14} />}
            onClick={() => show({ after: trail.at(-1) ?? null }, { before: trail.slice(0, -1) })}
          >
            {t('action.back')}
          </Button>
        )}
        {pageInfo.hasNextPage && (
          <Button
            variant="default"
            size="xs"
            rightSection={<IconChevronRight size={14} />}
            onClick={() =>
              show({ after: pageInfo.endCursor }, { before: isFirst ? [null] : trail.length > 0 ? [...trail, view.after] : [] })
            }
          >
            {t('action.more')}
          </Button>
        )}
      </Group>
    </Group>
  );
}

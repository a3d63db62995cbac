// What stands in the place of the list when it has nothing to show.
import { Button, Group, List } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { Empty } from '../components/states.tsx';
import { useMayChange } from '../session/role.tsx';
import { isFiltered } from './list-address.ts';
import type { ListView } from './list-address.ts';
import { useShowList } from './use-show-list.ts';

/** No mailings at all, none that match, or none on this page any more. */
export function NoMailings({ view, total }: { readonly view: ListView; readonly total: number }): ReactNode {
  const { t } = useTranslation('mailings');
  const show = useShowList(view);
  if (total > 0) return <Gone view={view} />;
  if (!isFiltered(view)) return <FirstSteps />;
  return (
    <Empty title={t('empty.noMatch.title')} text={t('empty.noMatch.text')}>
      <Button variant="default" onClick={() => show({ statuses: [], from: null, to: null })}>
        {t('empty.noMatch.clear')}
      </Button>
    </Empty>
  );
}

/** The service does not answer for this page: its cursor is of another order, or not one at all. */
export function NoPage({ view, errorCode }: { readonly view: ListView; readonly errorCode: string }): ReactNode {
  const { t } = useTranslation();
  return errorCode === 'FORBIDDEN' ? <Empty title={t('fault.title')} text={t('fault.forbidden')} /> : <Gone view={view} />;
}

function Gone({ view }: { readonly view: ListView }): ReactNode {
  const { t } = useTranslation('mailings');
  const { t: tCommon } = useTranslation();
  const show = useShowList(view);
  return (
    <Empty title={t('empty.page.title')} text={t('empty.page.text')}>
      <Button variant="default" onClick={() => show({})}>
        {tCommon('action.firstPage')}
      </Button>
    </Empty>
  );
}

function FirstSteps(): ReactNode {
  const { t } = useTranslation('mailings');
  const mayChange = useMayChange();
  if (!mayChange) return <Empty title={t('empty.first.title')} text={t('empty.first.viewer')} />;
  return (
    <Empty title={t('empty.first.title')}>
      <List type="ordered" c="dimmed">
        <List.Item>{t('empty.first.clients')}</List.Item>
        <List.Item>{t('empty.first.mailing')}</List.Item>
        <List.Item>{t('empty.first.follow')}</List.Item>
      </List>
      <Group mt="sm">
        <Button component={Link} href="/import" variant="default">
          {t('empty.first.import')}
        </Button>
        <Button component={Link} href="/mailings/new">
          {t('list.create')}
        </Button>
      </Group>
    </Empty>
  );
}

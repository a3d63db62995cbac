// A mailing, live: everything an operator wants to know while it is being sent, and afterwards.
import { Alert, Button, Grid } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import type { LiveMailingFragment } from '../api/generated/graphql.ts';
import { Page } from '../components/page.tsx';
import { Stale } from '../components/stale.tsx';
import { LoadingLive, NotFound, RefusedNotice } from '../components/states.tsx';
import { MailingStatusBadge } from '../components/status-badge.tsx';
import { Charts } from './charts.tsx';
import { Errors } from './errors.tsx';
import { Events } from './events.tsx';
import { Facts } from './facts.tsx';
import { Funnel } from './funnel.tsx';
import { MailingActions } from './mailing-actions.tsx';
import { isOver, untriedOf } from './mailing-status.ts';
import { Messages } from './messages.tsx';
import { Notices } from './notices.tsx';
import { TimeZones } from './time-zones.tsx';
import { useMailing } from './use-mailing.ts';

export function MailingView({ id }: { readonly id: string }): ReactNode {
  const { data, stale, errorCode } = useMailing(id);
  if (data !== null) return <Mailing mailing={data} stale={stale} isDeleted={errorCode === 'NOT_FOUND'} />;
  if (errorCode === null) return <LoadingLive />;
  if (errorCode === 'NOT_FOUND') return <NotFound />;
  return <RefusedNotice code={errorCode} />;
}

interface Props {
  readonly mailing: LiveMailingFragment;
  readonly stale: boolean;
  readonly isDeleted: boolean;
}

function Mailing({ mailing, stale, isDeleted }: Props): ReactNode {
  const { t } = useTranslation('mailing');
  const [, navigate] = useLocation();
  const hasNoReasons = mailing.errors.length === 0 && untriedOf(mailing) === 0;
  const reachedNobody = isOver(mailing.status) && mailing.statistics.total === 0;
  return (
    <Page
      title={t('title', { id: mailing.id })}
      badge={isDeleted ? undefined : <MailingStatusBadge status={mailing.status} />}
      actions={isDeleted ? undefined : <MailingActions mailing={mailing} onDeleted={() => navigate('/mailings')} />}
    >
      {isDeleted && <DeletedNotice />}
      <Facts mailing={mailing} />
      {!isDeleted && <Notices mailing={mailing} />}
      <Stale when={stale || isDeleted}>
        <Grid gap="xl">
          <Grid.Col span={12}>
            <Funnel mailing={mailing} />
          </Grid.Col>
          {mailing.startedAt !== null && !reachedNobody && (
            <Grid.Col span={12}>
              <Charts mailing={mailing} isLive={!stale && !isDeleted} />
            </Grid.Col>
          )}
          <TimeZones mailing={mailing} />
          <Grid.Col span={{ base: 12, lg: hasNoReasons ? 12 : 7 }} hidden={hasNoReasons}>
            <Errors mailing={mailing} />
          </Grid.Col>
          <Grid.Col span={{ base: 12, lg: hasNoReasons ? 12 : 5 }}>
            <Events mailing={mailing} />
          </Grid.Col>
          {mailing.startedAt !== null && !isDeleted && !reachedNobody && (
            <Grid.Col span={12}>
              <Messages mailing={mailing} />
            </Grid.Col>
          )}
        </Grid>
      </Stale>
    </Page>
  );
}

/** Somebody deleted it while it was looked at: what was known of it stays to be read. */
function DeletedNotice(): ReactNode {
  const { t } = useTranslation('mailing');
  return (
    <Alert role="alert" color="red" variant="outline" icon={<IconTrash />} title={t('deleted.title')}>
      {t('deleted.text')}
      <br />
      <Button component={Link} href="/mailings" mt="sm" size="xs" variant="default">
        {t('deleted.toList')}
      </Button>
    </Alert>
  );
}

// What an operator sees first: whether everything goes well, what is being sent, what comes next.
import { Grid } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { TotalsDocument } from '../api/generated/graphql.ts';
import { useLive } from '../api/use-live.ts';
import { Page } from '../components/page.tsx';
import { Stale } from '../components/stale.tsx';
import { LoadingLive } from '../components/states.tsx';
import { NewMailingButton } from '../mailings/new-mailing-button.tsx';
import { NextMailings } from './next-mailings.tsx';
import { ProviderCard } from './provider-card.tsx';
import { Problems } from './problems.tsx';
import { RunningMailings } from './running-mailings.tsx';
import { SendingChart } from './sending-chart.tsx';
import { Totals } from './totals.tsx';

export function Overview(): ReactNode {
  const { t } = useTranslation('overview');
  const { data, stale } = useLive(TotalsDocument, {});
  return (
    <Page title={t('title')} actions={<NewMailingButton />}>
      {data === null ? (
        <LoadingLive />
      ) : (
        <Stale when={stale}>
          <Grid gap="xl">
            <Problems />
            <Grid.Col span={12}>
              <Totals statistics={data.statistics} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, lg: 8 }}>
              <SendingChart messages={data.statistics.messages} isLive={!stale} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, lg: 4 }}>
              <ProviderCard />
            </Grid.Col>
            <Grid.Col span={{ base: 12, lg: 8 }}>
              <RunningMailings />
            </Grid.Col>
            <Grid.Col span={{ base: 12, lg: 4 }}>
              <NextMailings />
            </Grid.Col>
          </Grid>
        </Stale>
      )}
    </Page>
  );
}

// What somebody should look at, above everything else; nothing when all goes well.
import { Alert, Anchor, Grid, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { OverviewMailingsDocument, ProviderStateDocument } from '../api/generated/graphql.ts';
import { useLive } from '../api/use-live.ts';
import { useNow } from '../components/use-now.ts';
import { useFormat } from '../i18n/use-format.ts';
import { problemsOf, stillSince } from './problems-of.ts';
import type { Problem } from './problems-of.ts';
import { endingVariables, lateVariables, runningVariables } from './selections.ts';

export function Problems(): ReactNode {
  const { t } = useTranslation('overview');
  const now = useNow(60_000);
  const running = useLive(OverviewMailingsDocument, runningVariables);
  const ending = useLive(OverviewMailingsDocument, endingVariables(now));
  const late = useLive(OverviewMailingsDocument, lateVariables(now));
  const provider = useLive(ProviderStateDocument, {}).data?.provider.status ?? 'AVAILABLE';
  const found = [running, ending, late].flatMap(({ data }) => data?.mailings.nodes ?? []);
  // One may be in two of the selections.
  const mailings = [...new Map(found.map((mailing) => [mailing.id, mailing])).values()];
  const problems = problemsOf({ mailings, provider, now });
  const rest = running.data === null ? 0 : running.data.mailings.totalCount - running.data.mailings.nodes.length;
  if (problems.length === 0 && rest === 0) return null;
  return (
    <Grid.Col span={12}>
      {problems.length > 0 && (
        <Alert color="orange" variant="outline" icon={<IconAlertTriangle />} title={t('problems.title')}>
          <Stack component="ul" gap={4} m={0} p={0} style={{ listStyle: 'none' }}>
            {problems.map((problem) => (
              <ProblemLine key={problem.mailing.id} problem={problem} />
            ))}
          </Stack>
        </Alert>
      )}
      {rest > 0 && <Rest count={rest} />}
    </Grid.Col>
  );
}

/** More run or are paused than are looked at: the list begins with them. */
function Rest({ count }: { readonly count: number }): ReactNode {
  const { t } = useTranslation('overview');
  const { number } = useFormat();
  return (
    <Text size="sm" mt="xs">
      {t('problems.rest', { count, formatted: number(count) })}{' '}
      <Anchor component={Link} href="/mailings?status=running,paused&order=starts-asc" size="sm" underline="always">
        {t('problems.toRest')}
      </Anchor>
    </Text>
  );
}

function ProblemLine({ problem: { kind, mailing, count } }: { readonly problem: Problem }): ReactNode {
  const { t } = useTranslation('overview');
  const { number, dateTime, moment } = useFormat();
  const words = { count, formatted: number(count), end: dateTime(mailing.endsAt), since: moment(stillSince(mailing)) };
  return (
    <Text component="li" size="sm" className="entered" data-problem={kind}>
      {t(`problems.${kind}`, words)}{' '}
      <Anchor component={Link} href={`/mailings/${mailing.id}`} size="sm" underline="always">
        {shorten(mailing.text)}
      </Anchor>
    </Text>
  );
}

function shorten(text: string): string {
  const characters = Array.from(text);
  return characters.length > 60 ? `${characters.slice(0, 59).join('')}…` : text;
}

// The mailings that start next, and how long it is until then.
import { Anchor, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { OverviewMailingsDocument } from '../api/generated/graphql.ts';
import { useLive } from '../api/use-live.ts';
import { Section } from '../components/section.tsx';
import { LoadingLive } from '../components/states.tsx';
import { useNow } from '../components/use-now.ts';
import { useFormat } from '../i18n/use-format.ts';
import { nextVariables } from './selections.ts';

export function NextMailings(): ReactNode {
  const { t } = useTranslation('overview');
  const { number, dateTime } = useFormat();
  const { data } = useLive(OverviewMailingsDocument, nextVariables);
  if (data === null) return <LoadingLive />;
  const { nodes, totalCount } = data.mailings;
  const rest = totalCount - nodes.length;
  return (
    <Section title={t('next.title')}>
      {nodes.length === 0 && <Text c="dimmed">{t('next.none')}</Text>}
      <Stack component="ul" gap="md" m={0} p={0} style={{ listStyle: 'none' }}>
        {nodes.map(({ id, text, startsAt }) => (
          <li key={id} data-next={id}>
            <Anchor component={Link} href={`/mailings/${id}`} size="sm" lineClamp={2} title={text} className="entered">
              {text}
            </Anchor>
            <Text size="xs" c="dimmed" className="tabular">
              {dateTime(startsAt)} · <Countdown to={startsAt} />
            </Text>
          </li>
        ))}
      </Stack>
      {rest > 0 && (
        <Anchor component={Link} href="/mailings" size="sm">
          {t('next.more', { count: rest, formatted: number(rest) })}
        </Anchor>
      )}
    </Section>
  );
}

function Countdown({ to }: { readonly to: string }): ReactNode {
  const { t } = useTranslation('overview');
  const { duration } = useFormat();
  const left = Date.parse(to) - useNow();
  return left > 0 ? t('next.in', { duration: duration(left) }) : t('next.now');
}

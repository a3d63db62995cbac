// Whom the mailing would reach, as far as it is entered.
import { Box, Button, Group, Loader, Stack, Text } from '@mantine/core';
import { useId } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { SendWindow } from '../../../src/domain/send-window.ts';
import { FaultNotice } from '../components/states.tsx';
import { useFormat } from '../i18n/use-format.ts';
import { useMayChange } from '../session/role.tsx';
import { AudienceZones } from './audience-zones.tsx';
import type { Audience, AudienceAnswer, ChosenBy } from './use-audience.ts';

interface Props {
  readonly answer: AudienceAnswer;
  readonly sendWindow: SendWindow | null;
  /** The end of the mailing. */
  readonly until: number;
  /** Parts of one message; null: no text yet. */
  readonly segments: number | null;
}

export function AudiencePanel({ answer, sendWindow, until, segments }: Props): ReactNode {
  const { t } = useTranslation('mailings');
  const id = useId();
  const { audience, chosenBy, outdated, faults, error, retry } = answer;
  return (
    <Box component="section" className="audience" aria-labelledby={id}>
      <Stack gap="sm" className="stays">
        <Group gap="xs">
          <Text component="h2" id={id} fw={600} m={0}>
            {t('audience.title')}
          </Text>
          {outdated && error === null && faults.length === 0 && <Loader size="xs" role="status" aria-label={t('audience.counting')} />}
        </Group>
        <FaultNotice error={error} onRetry={retry} />
        {faults.length > 0 && (
          <Text size="sm" c="dimmed">
            {t('audience.faulty')}
          </Text>
        )}
        {audience !== null && (
          <Box className={outdated ? 'outdated' : ''} data-outdated={outdated}>
            {audience.matching === 0 ? (
              <Nobody chosenBy={chosenBy} />
            ) : (
              <AudienceNumbers audience={audience} sendWindow={sendWindow} until={until} segments={segments} />
            )}
          </Box>
        )}
      </Stack>
    </Box>
  );
}

function Nobody({ chosenBy }: { readonly chosenBy: ChosenBy }): ReactNode {
  const { t } = useTranslation('mailings');
  const mayChange = useMayChange();
  return (
    <Box data-audience="nobody">
      <Text fw={600}>{chosenBy === 'nothing' ? t('audience.noClients.title') : t('audience.nobody.title')}</Text>
      <Text size="sm" c="dimmed">
        {chosenBy === 'nothing' ? t('audience.noClients.text') : t(`audience.nobody.${chosenBy}`)}
      </Text>
      {chosenBy === 'nothing' && mayChange && (
        <Button component={Link} href="/import" variant="default" mt="sm">
          {t('empty.first.import')}
        </Button>
      )}
    </Box>
  );
}

function AudienceNumbers({ audience, sendWindow, until, segments }: Omit<Props, 'answer'> & { readonly audience: Audience }): ReactNode {
  const { t } = useTranslation('mailings');
  const { number } = useFormat();
  const { matching, reachable, optedOut, outsideWindow, timeZones } = audience;
  const rows = [
    ['matching', matching],
    ['optedOut', optedOut],
    ['outsideWindow', outsideWindow],
  ] as const;
  return (
    <Stack gap="sm" data-audience="some">
      <Box>
        <Text fz={32} fw={700} lh={1.1} className="tabular" data-count="reachable">
          {number(reachable)}
        </Text>
        <Text size="sm" c="dimmed">
          {t('audience.reachable', { count: reachable })}
          {segments !== null && ` ${t('audience.parts', { count: segments * reachable, formatted: number(segments * reachable) })}`}
        </Text>
      </Box>
      <Box component="dl" m={0}>
        {rows.map(([name, count]) => (
          <Group key={name} justify="space-between" gap="xs" wrap="nowrap">
            <Text component="dt" size="sm">
              {t(`audience.${name}`)}
            </Text>
            <Text component="dd" size="sm" m={0} fw={600} className="tabular" data-count={name}>
              {number(count)}
            </Text>
          </Group>
        ))}
      </Box>
      <AudienceZones zones={timeZones} sendWindow={sendWindow} until={until} />
    </Stack>
  );
}

// What happened to the mailing and who did it, newest first.
import { Button, Group, Stack, Text } from '@mantine/core';
import { IconBan, IconCheck, IconPencil, IconPlayerPause, IconPlayerPlay, IconPlus, IconRefresh, IconSend } from '@tabler/icons-react';
import { memo, useState } from 'react';
import type { ComponentType, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LiveMailingFragment, MailingEventKind, MailingEventRowFragment } from '../api/generated/graphql.ts';
import { Section } from '../components/section.tsx';
import { FaultNotice } from '../components/states.tsx';
import { useNow } from '../components/use-now.ts';
import { listFormat } from '../i18n/intl.ts';
import { useFormat } from '../i18n/use-format.ts';
import type { en } from '../i18n/en/index.ts';
import { useEvents } from './use-events.ts';

const icons = {
  CREATED: IconPlus,
  EDITED: IconPencil,
  STARTED: IconSend,
  PAUSED: IconPlayerPause,
  RESUMED: IconPlayerPlay,
  CANCELLED: IconBan,
  COMPLETED: IconCheck,
  MESSAGES_RETRIED: IconRefresh,
} as const satisfies Record<MailingEventKind, ComponentType<{ size: number }>>;

/** Until somebody asks for more. */
const SHOWN = 8;

export function Events({ mailing }: { readonly mailing: LiveMailingFragment }): ReactNode {
  const { t } = useTranslation('mailing');
  const { events, hasOlder, reading, error, readOlder } = useEvents(mailing);
  const [all, setAll] = useState(false);
  const now = useNow(10_000);
  const shown = all ? events : events.slice(0, SHOWN);
  const showOlder = (): void => {
    if (all) void readOlder();
    setAll(true);
  };
  return (
    <Section title={t('events.title')}>
      <Stack component="ol" gap="sm" m={0} p={0} style={{ listStyle: 'none' }}>
        {shown.map((event) => (
          <EventRow key={event.id} event={event} now={now} />
        ))}
      </Stack>
      <FaultNotice error={error} onRetry={() => void readOlder()} />
      {(hasOlder || shown.length < events.length) && error === null && (
        <Group>
          <Button size="xs" variant="default" loading={reading} onClick={showOlder}>
            {t('events.older')}
          </Button>
        </Group>
      )}
    </Section>
  );
}

const EventRow = memo(function EventRow({ event, now }: { readonly event: MailingEventRowFragment; readonly now: number }): ReactNode {
  const { t } = useTranslation('mailing');
  const { dateTime, relative } = useFormat();
  const Icon = icons[event.kind];
  return (
    <Group component="li" gap="sm" wrap="nowrap" align="flex-start" data-event={event.kind}>
      <Text span c="dimmed" mt={2} aria-hidden>
        <Icon size={16} />
      </Text>
      <div>
        <EventText event={event} />
        <Text size="xs" c="dimmed" className="tabular">
          <time dateTime={event.at}>
            {t('events.at', { ago: relative(event.at, Math.max(now, Date.parse(event.at))), at: dateTime(event.at) })}
          </time>
        </Text>
      </div>
    </Group>
  );
});

type FieldName = keyof (typeof en)['mailing']['field'];

/** Who did what, in a sentence. */
function EventText({ event: { kind, actor, fields, retried } }: { readonly event: MailingEventRowFragment }): ReactNode {
  const { t, i18n } = useTranslation('mailing');
  const { number } = useFormat();
  const named = (fields ?? []).map((field) => t(`field.${field as FieldName}`, { defaultValue: field }));
  const words = {
    fields: listFormat(i18n.language, { type: 'conjunction' }).format(named),
    count: retried ?? 0,
    formatted: number(retried ?? 0),
  };
  return (
    <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
      {t(`event.${kind}`, words)}
      {actor !== null && (
        <Text span size="sm" c="dimmed">
          {' · '}
          {actor}
        </Text>
      )}
    </Text>
  );
}

// Who works here, as what, and the way out.
import { Button, Popover, Stack, Text } from '@mantine/core';
import { IconLogout, IconUserCircle } from '@tabler/icons-react';
import { useState, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';
import { useCaller } from './role.tsx';
import type { SessionStore } from './session.ts';

export function AccountMenu({ session }: { readonly session: SessionStore }): ReactNode {
  const { t } = useTranslation('session');
  const { dateTime } = useFormat();
  const { subject, role } = useCaller();
  const current = useSyncExternalStore(session.watch, session.current);
  const [known, setKnown] = useState<string | null>(null);
  // It stays while somebody has to sign in again.
  if (current.kind === 'signed-in' && current.name !== known) setKnown(current.name);
  const name = known ?? subject ?? '…';
  return (
    <Popover width={260} position="bottom-end" trapFocus shadow="md">
      <Popover.Target>
        <Button variant="default" px="xs" h={34} style={{ flexShrink: 0 }} aria-label={t('account.label', { name })} data-account>
          <IconUserCircle size={18} aria-hidden style={{ flexShrink: 0 }} />
          <Text span size="sm" ml={6} maw={140} truncate visibleFrom="md">
            {name}
          </Text>
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('account.label', { name })}>
        <Stack gap={4}>
          <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
            {name}
          </Text>
          {subject !== null && subject !== name && (
            <Text size="xs" style={{ overflowWrap: 'anywhere' }}>
              {subject}
            </Text>
          )}
          <Text size="sm">{t(`role.${role}`)}</Text>
          {current.kind === 'signed-in' && current.endsAt !== null && (
            <Text size="sm">{t('account.endsAt', { time: dateTime(current.endsAt) })}</Text>
          )}
          <Button
            mt="xs"
            variant="default"
            size="xs"
            leftSection={<IconLogout size={16} aria-hidden />}
            onClick={() => void session.signOut()}
          >
            {t('signOut')}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

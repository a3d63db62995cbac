// The frame around every screen: navigation, whether the page is live, whether the provider takes messages, who works here.
import { Alert, Anchor, AppShell, Burger, Group, NavLink, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconGauge, IconSend, IconUsers } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { ConnectionBadge, DisconnectedNotice } from './connection-badge.tsx';
import { ColorSchemeMenu, LanguageMenu } from './preferences.tsx';
import { ProviderBadge } from './provider-badge.tsx';
import { useScreenFocus } from './use-screen-focus.ts';

const screens = [
  { href: '/', name: 'overview', Icon: IconGauge },
  { href: '/mailings', name: 'mailings', Icon: IconSend },
  { href: '/clients', name: 'clients', Icon: IconUsers },
] as const;

const contentId = 'content';

interface Props {
  readonly withoutAuthentication: boolean;
  /** Who works here and the way out; nothing without authentication. */
  readonly account: ReactNode;
  readonly children: ReactNode;
}

export function Shell({ withoutAuthentication, account, children }: Props): ReactNode {
  const { t } = useTranslation();
  const [opened, { toggle, close }] = useDisclosure(false);
  const [path] = useLocation();
  useScreenFocus(path, contentId);
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 200, breakpoint: 'sm', collapsed: { mobile: !opened } }} padding="md">
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t('navigation.menu')} aria-expanded={opened} />
            <Anchor href={`#${contentId}`} className="skip-link">
              {t('navigation.skip')}
            </Anchor>
            <Text fw={700} visibleFrom="xs">
              {t('product')}
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <ProviderBadge />
            <ConnectionBadge />
            <Group gap="xs" wrap="nowrap" visibleFrom="xs">
              <LanguageMenu />
              <ColorSchemeMenu />
            </Group>
            {account}
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t('navigation.label')}>
        {screens.map(({ href, name, Icon }) => (
          <NavLink
            key={name}
            component={Link}
            href={href}
            onClick={close}
            label={t(`navigation.${name}`)}
            leftSection={<Icon size={18} aria-hidden />}
            variant="filled"
            active={isWithin(href, path)}
          />
        ))}
        <Group gap="xs" mt="md" px="sm" hiddenFrom="xs">
          <LanguageMenu />
          <ColorSchemeMenu />
        </Group>
        <NavLink mt="auto" href="/graphql" target="_blank" label={t('navigation.playground')} />
      </AppShell.Navbar>
      <AppShell.Main id={contentId} tabIndex={-1} style={{ outline: 'none' }}>
        {withoutAuthentication && (
          <Alert color="yellow" variant="outline" mb="md" py="xs" data-banner="open">
            {t('withoutAuthentication')}
          </Alert>
        )}
        <DisconnectedNotice />
        {children}
      </AppShell.Main>
    </AppShell>
  );
}

/** The import belongs to the clients. */
function isWithin(href: string, path: string): boolean {
  if (href === '/') return path === '/';
  return path.startsWith(href) || (href === '/clients' && path === '/import');
}

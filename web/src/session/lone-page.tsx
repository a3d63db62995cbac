// A page without the console's frame: before somebody has signed in, and when nobody may.
import { Box, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ColorSchemeMenu, LanguageMenu } from '../layout/preferences.tsx';

interface Props {
  readonly title: string;
  readonly children: ReactNode;
}

export function LonePage({ title, children }: Props): ReactNode {
  const { t } = useTranslation();
  useDocumentTitle(`${title} · ${t('product')}`);
  return (
    <Box mih="100dvh" display="flex" style={{ flexDirection: 'column' }}>
      <Group h={56} px="md" justify="space-between">
        <Text fw={700}>{t('product')}</Text>
        <Group gap="xs">
          <LanguageMenu />
          <ColorSchemeMenu />
        </Group>
      </Group>
      <Box component="main" px="md" pt="8vh" pb="xl" w="100%" maw={520} mx="auto">
        <Paper withBorder p="xl" radius="md">
          <Stack gap="md">
            <Title order={1} size="h3">
              {title}
            </Title>
            {children}
          </Stack>
        </Paper>
      </Box>
    </Box>
  );
}

// A part of a screen under a heading of its own.
import { Group, Stack, Title } from '@mantine/core';
import { useId } from 'react';
import type { ReactNode } from 'react';

interface Props {
  readonly title: string;
  /** Beside the heading. */
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

export function Section({ title, aside, children }: Props): ReactNode {
  const id = useId();
  return (
    <Stack component="section" aria-labelledby={id} gap="sm" miw={0}>
      <Group justify="space-between" gap="sm" mih={30}>
        <Title order={2} size="h4" id={id}>
          {title}
        </Title>
        {aside}
      </Group>
      {children}
    </Stack>
  );
}

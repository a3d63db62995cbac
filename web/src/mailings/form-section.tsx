// A part of the form with its heading.
import { Stack, Text } from '@mantine/core';
import { useId } from 'react';
import type { ReactNode } from 'react';

export function FormSection({ title, children }: { readonly title: string; readonly children: ReactNode }): ReactNode {
  const id = useId();
  return (
    <Stack component="section" gap="sm" aria-labelledby={id}>
      <Text component="h2" id={id} fw={600} m={0}>
        {title}
      </Text>
      {children}
    </Stack>
  );
}

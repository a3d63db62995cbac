// Around live numbers: greyed the moment the connection is gone, for everybody to see that they may have been overtaken.
import { Box } from '@mantine/core';
import type { ReactNode } from 'react';

export function Stale({ when, children }: { readonly when: boolean; readonly children: ReactNode }): ReactNode {
  return (
    <Box className={when ? 'stale' : ''} data-stale={when}>
      {children}
    </Box>
  );
}

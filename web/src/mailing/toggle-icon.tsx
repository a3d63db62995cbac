// What the button that pauses and resumes will do, or that it is being done.
import { Loader } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import type { ReactNode } from 'react';

export function ToggleIcon({ toggle, isBusy }: { readonly toggle: 'pause' | 'resume'; readonly isBusy: boolean }): ReactNode {
  if (isBusy) return <Loader size={16} color="currentColor" />;
  return toggle === 'pause' ? <IconPlayerPause size={16} /> : <IconPlayerPlay size={16} />;
}

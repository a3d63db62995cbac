// Whether a table of mailings fits: below that they are cards.
import { useMediaQuery } from '@mantine/hooks';

export function useIsWide(): boolean {
  return useMediaQuery('(min-width: 68em)', true, { getInitialValueInEffect: false });
}

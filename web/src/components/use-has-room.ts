// Whether a table of many columns fits: below that it says the same in fewer of them.
import { useMediaQuery } from '@mantine/hooks';

export function useHasRoom(): boolean {
  return useMediaQuery('(min-width: 62em)', true, { getInitialValueInEffect: false });
}

// The look of the console. System fonts: nothing is downloaded.
import { createTheme, Menu } from '@mantine/core';
import type { MantineColorsTuple } from '@mantine/core';

/** From 7 on white text stands out by 4.5:1 and more, also under the mouse, where the next shade is shown. */
const brand: MantineColorsTuple = [
  '#eaf6f2',
  '#d6ebe4',
  '#a9d7c8',
  '#79c2ab',
  '#52b193',
  '#3aa684',
  '#2ca07c',
  '#1b7a5e',
  '#12614f',
  '#094c3c',
];

export const theme = createTheme({
  colors: { brand },
  primaryColor: 'brand',
  primaryShade: 7,
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  // The focus begins at the first entry: the empty place for it that Mantine puts before that is nothing a menu may hold.
  components: { Menu: Menu.extend({ defaultProps: { withInitialFocusPlaceholder: false } }) },
});

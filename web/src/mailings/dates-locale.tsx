// Calendars in the chosen language, weeks from Monday on, no day in red: red is for faults.
import 'dayjs/locale/ru';
import { DatesProvider } from '@mantine/dates';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

export function DatesLocale({ children }: { readonly children: ReactNode }): ReactNode {
  const { i18n } = useTranslation();
  return <DatesProvider settings={{ locale: i18n.language, firstDayOfWeek: 1, weekendDays: [] }}>{children}</DatesProvider>;
}

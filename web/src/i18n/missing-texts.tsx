// What is said when the texts of a chosen language could not be had. Browsers do not ask for a failed script again: the next page has them.
import { Button, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import i18next from 'i18next';

/** Stays until it is closed; one, however often it is said. */
export function showMissingTexts(): void {
  notifications.show({
    id: 'missing-texts',
    color: 'red',
    autoClose: false,
    closeButtonProps: { 'aria-label': i18next.t('action.close') },
    title: i18next.t('fault.title'),
    message: (
      <>
        <Text size="sm" c="var(--mantine-color-text)">
          {i18next.t('language.missing')}
        </Text>
        <Button mt="sm" size="xs" variant="default" onClick={() => location.reload()}>
          {i18next.t('fault.reload')}
        </Button>
      </>
    ),
  });
}

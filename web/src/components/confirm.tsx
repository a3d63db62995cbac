// Asks before something that cannot be undone, and says plainly what it stops.
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

interface Props {
  readonly opened: boolean;
  readonly title: string;
  /** What happens, and what does not come back. */
  readonly text: string;
  readonly confirmLabel: string;
  /** Red unless it takes nothing away. */
  readonly color?: string;
  /** Closes by itself when it resolves to true. */
  readonly onConfirm: () => Promise<boolean>;
  readonly onClose: () => void;
}

export function Confirm({ opened, title, text, confirmLabel, color = 'red.9', onConfirm, onClose }: Props): ReactNode {
  const { t } = useTranslation();
  const [busy, setBusy] = useState(false);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    const done = await onConfirm().finally(() => setBusy(false));
    if (done) onClose();
  };
  return (
    <Modal opened={opened} onClose={onClose} title={title} centered closeButtonProps={{ 'aria-label': t('action.close') }}>
      <Stack>
        <Text>{text}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t('action.cancel')}
          </Button>
          <Button color={color} loading={busy} onClick={() => void confirm()}>
            {confirmLabel}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

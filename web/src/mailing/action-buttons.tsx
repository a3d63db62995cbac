// The actions of a mailing as a row of buttons.
import { Button } from '@mantine/core';
import { IconBan, IconCopy, IconPencil, IconTrash } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { ToggleIcon } from './toggle-icon.tsx';
import { actionsOf } from './mailing-status.ts';
import type { ActionProps } from './mailing-status.ts';

export function ActionButtons({ mailing, busy, onAct, onAsk }: ActionProps): ReactNode {
  const { t } = useTranslation('mailing');
  const { toggle, live } = actionsOf(mailing.status);
  return (
    <>
      {toggle !== null && (
        // One button for both, never disabled, so that it keeps the focus when it turns into the other.
        <Button
          size="sm"
          leftSection={<ToggleIcon toggle={toggle} isBusy={busy === toggle} />}
          aria-busy={busy === toggle}
          onClick={() => busy === null && onAct(toggle)}
        >
          {t(`action.${toggle}.label`)}
        </Button>
      )}
      {live && (
        <Button component={Link} href={`/mailings/${mailing.id}/edit`} size="sm" variant="default" leftSection={<IconPencil size={16} />}>
          {t('action.edit')}
        </Button>
      )}
      <Button component={Link} href={`/mailings/new?from=${mailing.id}`} size="sm" variant="default" leftSection={<IconCopy size={16} />}>
        {t('action.duplicate')}
      </Button>
      {live && (
        <Button size="sm" variant="default" leftSection={<IconBan size={16} />} onClick={() => onAsk('cancel')}>
          {t('action.cancel.label')}
        </Button>
      )}
      <Button size="sm" variant="default" leftSection={<IconTrash size={16} />} onClick={() => onAsk('delete')}>
        {t('action.delete.label')}
      </Button>
    </>
  );
}

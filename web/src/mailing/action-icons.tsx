// The actions of a mailing for a row of a table: the likeliest one as an icon, the others in a menu.
import { ActionIcon, Group, Menu } from '@mantine/core';
import { IconBan, IconCopy, IconDotsVertical, IconPencil, IconTrash } from '@tabler/icons-react';
import { useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { ToggleIcon } from './toggle-icon.tsx';
import { actionsOf } from './mailing-status.ts';
import type { ActionProps } from './mailing-status.ts';

export function ActionIcons({ mailing, busy, onAct, onAsk }: ActionProps): ReactNode {
  const { t } = useTranslation('mailing');
  const more = useRef<HTMLButtonElement>(null);
  const { toggle, live } = actionsOf(mailing.status);
  const { id } = mailing;
  const ask = (action: 'cancel' | 'delete'): void => {
    // Where the focus returns to when the question is closed: the entry of the menu is gone by then.
    more.current?.focus();
    onAsk(action);
  };
  return (
    <Group gap={4} wrap="nowrap" justify="flex-end">
      {toggle !== null && (
        <ActionIcon
          variant="default"
          aria-busy={busy === toggle}
          aria-label={t(`action.${toggle}.of`, { id })}
          title={t(`action.${toggle}.label`)}
          onClick={() => busy === null && onAct(toggle)}
        >
          <ToggleIcon toggle={toggle} isBusy={busy === toggle} />
        </ActionIcon>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon ref={more} variant="subtle" color="gray" aria-label={t('action.of', { id })}>
            <IconDotsVertical size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {live && (
            <Menu.Item component={Link} href={`/mailings/${id}/edit`} leftSection={<IconPencil size={16} />}>
              {t('action.edit')}
            </Menu.Item>
          )}
          <Menu.Item component={Link} href={`/mailings/new?from=${id}`} leftSection={<IconCopy size={16} />}>
            {t('action.duplicate')}
          </Menu.Item>
          {live && (
            <Menu.Item leftSection={<IconBan size={16} />} onClick={() => ask('cancel')}>
              {t('action.cancel.label')}
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconTrash size={16} />} onClick={() => ask('delete')}>
            {t('action.delete.label')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

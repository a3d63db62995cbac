// Leads to the form of a new mailing, for those who may create one.
import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useMayChange } from '../session/role.tsx';

export function NewMailingButton(): ReactNode {
  const { t } = useTranslation('mailings');
  if (!useMayChange()) return null;
  return (
    <Button component={Link} href="/mailings/new" leftSection={<IconPlus size={16} />}>
      {t('list.create')}
    </Button>
  );
}

// An existing mailing to be changed, as far as it still may.
import { Button, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { EditedMailingDocument } from '../api/generated/graphql.ts';
import type { MailingStatus } from '../api/generated/graphql.ts';
import { useLive } from '../api/use-live.ts';
import { Page } from '../components/page.tsx';
import { Empty, LoadingLive, NotFound } from '../components/states.tsx';
import { MailingStatusBadge } from '../components/status-badge.tsx';
import { useMayChange } from '../session/role.tsx';
import { EditMailingForm } from './edit-mailing-form.tsx';

export function EditMailing({ id }: { readonly id: string }): ReactNode {
  const { t } = useTranslation('mailings');
  const { t: tCommon } = useTranslation();
  const { data, errorCode } = useLive(EditedMailingDocument, { id }, { isOver: ({ mailing }) => isFinished(mailing.status) });
  if (errorCode === 'FORBIDDEN') return <Empty title={tCommon('fault.title')} text={tCommon('fault.forbidden')} />;
  if (errorCode !== null) return <NotFound />;
  if (data === null) return <LoadingLive />;
  const { mailing } = data;
  return (
    <Page title={t('edit.title', { id })} badge={<MailingStatusBadge status={mailing.status} />}>
      {isFinished(mailing.status) ? <Over id={id} status={mailing.status} /> : <EditMailingForm mailing={mailing} />}
    </Page>
  );
}

function Over({ id, status }: { readonly id: string; readonly status: MailingStatus }): ReactNode {
  const { t } = useTranslation('mailings');
  const mayChange = useMayChange();
  return (
    <Empty title={t('edit.over.title')} text={status === 'CANCELLED' ? t('edit.over.cancelled') : t('edit.over.completed')}>
      <Group>
        <Button component={Link} href={`/mailings/${id}`} variant="default">
          {t('edit.over.look')}
        </Button>
        {mayChange && (
          <Button component={Link} href={`/mailings/new?from=${id}`}>
            {t('edit.over.copy')}
          </Button>
        )}
      </Group>
    </Empty>
  );
}

function isFinished(status: MailingStatus): boolean {
  return status === 'COMPLETED' || status === 'CANCELLED';
}

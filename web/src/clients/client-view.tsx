// One client, live: everything that is stored, what can be done, and the messages.
import { Alert, Anchor, Group, Text } from '@mantine/core';
import { IconChevronLeft } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation, useSearch } from 'wouter';
import { LiveClientDocument } from '../api/generated/graphql.ts';
import type { ClientFieldsFragment } from '../api/generated/graphql.ts';
import { useLive } from '../api/use-live.ts';
import { Page } from '../components/page.tsx';
import { Stale } from '../components/stale.tsx';
import { LoadingLive, NotFound, RefusedNotice } from '../components/states.tsx';
import { useMayChange } from '../session/role.tsx';
import { ClientActions } from './client-actions.tsx';
import { ClientDetails } from './client-details.tsx';
import { ClientMessages } from './client-messages.tsx';
import { OptedOutBadge } from './clients-table.tsx';
import { EditClient } from './edit-client.tsx';
import { formatPhone } from '../components/phones.ts';

export function ClientView({ id }: { readonly id: string }): ReactNode {
  const { data, stale, errorCode } = useLive(LiveClientDocument, { id });
  if (data !== null) return <KnownClient client={data.client} stale={stale} isDeleted={errorCode === 'NOT_FOUND'} />;
  if (errorCode === null) return <LoadingLive />;
  return errorCode === 'NOT_FOUND' ? <NotFound /> : <RefusedNotice code={errorCode} />;
}

interface Props {
  readonly client: ClientFieldsFragment;
  readonly stale: boolean;
  readonly isDeleted: boolean;
}

function KnownClient({ client, stale, isDeleted }: Props): ReactNode {
  const { t } = useTranslation('clients');
  const mayChange = useMayChange() && !isDeleted;
  const [path, navigate] = useLocation();
  const isEditing = new URLSearchParams(useSearch()).has('edit');
  const { optedOutAt } = client;
  return (
    <Page
      title={formatPhone(client.phone)}
      badge={optedOutAt !== null && optedOutAt !== undefined && <OptedOutBadge since={optedOutAt} />}
      actions={mayChange && <ClientActions client={client} onEdit={() => navigate(`${path}?edit`)} />}
    >
      <Anchor component={Link} href="/clients" size="sm" mt={-12}>
        <Group gap={4} component="span">
          <IconChevronLeft size={14} aria-hidden />
          <Text span size="sm">
            {t('client.back')}
          </Text>
        </Group>
      </Anchor>
      {isDeleted && (
        <Alert role="alert" color="yellow" variant="outline" title={t('client.gone')} data-notice="deleted">
          {t('client.goneText')}
        </Alert>
      )}
      <Stale when={stale || isDeleted}>
        <ClientDetails client={client} />
      </Stale>
      <ClientMessages clientId={client.id} />
      {mayChange && <EditClient client={client} opened={isEditing} onClose={() => navigate(path, { replace: true })} />}
    </Page>
  );
}

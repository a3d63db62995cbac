// One client: everything that is stored, what can be done, and the messages.
import { Anchor, Group, Text } from '@mantine/core';
import { IconChevronLeft } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { Link, useLocation, useSearch } from 'wouter';
import { ClientByIdDocument } from '../api/generated/graphql.ts';
import type { ClientFieldsFragment } from '../api/generated/graphql.ts';
import { Page } from '../components/page.tsx';
import { FaultNotice, Loading, NotFound } from '../components/states.tsx';
import { useMayChange } from '../session/role.tsx';
import { ClientActions } from './client-actions.tsx';
import { ClientDetails } from './client-details.tsx';
import { ClientMessages } from './client-messages.tsx';
import { OptedOutBadge } from './clients-table.tsx';
import { EditClient } from './edit-client.tsx';
import { formatPhone } from '../components/phones.ts';

export function ClientView({ id }: { readonly id: string }): ReactNode {
  const [{ data, error, fetching }, read] = useQuery({ query: ClientByIdDocument, variables: { id } });
  const readAgain = (): void => read({ requestPolicy: 'network-only' });
  // An id that can be none is refused as a wrong argument.
  const isUnknown = data?.client === null || error?.graphQLErrors[0]?.extensions['code'] === 'BAD_USER_INPUT';
  if (isUnknown) return <NotFound />;
  if (data?.client === undefined || data.client === null) {
    return (
      <>
        {fetching && <Loading />}
        <FaultNotice error={error} onRetry={readAgain} />
      </>
    );
  }
  return <KnownClient client={data.client} onChanged={readAgain} />;
}

function KnownClient({ client, onChanged }: { readonly client: ClientFieldsFragment; readonly onChanged: () => void }): ReactNode {
  const { t } = useTranslation('clients');
  const mayChange = useMayChange();
  const [path, navigate] = useLocation();
  const isEditing = new URLSearchParams(useSearch()).has('edit');
  const { optedOutAt } = client;
  return (
    <Page
      title={formatPhone(client.phone)}
      badge={optedOutAt !== null && optedOutAt !== undefined && <OptedOutBadge since={optedOutAt} />}
      actions={mayChange && <ClientActions client={client} onEdit={() => navigate(`${path}?edit`)} onChanged={onChanged} />}
    >
      <Anchor component={Link} href="/clients" size="sm" mt={-12}>
        <Group gap={4} component="span">
          <IconChevronLeft size={14} aria-hidden />
          <Text span size="sm">
            {t('client.back')}
          </Text>
        </Group>
      </Anchor>
      <ClientDetails client={client} />
      <ClientMessages clientId={client.id} />
      {mayChange && <EditClient client={client} opened={isEditing} onClose={() => navigate(path, { replace: true })} />}
    </Page>
  );
}

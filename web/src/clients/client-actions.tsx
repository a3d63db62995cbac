// What a person does with a client. Each asks first, and says what it stops.
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconBell, IconBellOff, IconPencil, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useMutation } from 'urql';
import type { CombinedError } from 'urql';
import { useLocation } from 'wouter';
import { useFaultText, useUserFaultText } from '../api/faults.ts';
import type { UserFault } from '../api/faults.ts';
import { DeleteClientDocument, UpdateClientDocument } from '../api/generated/graphql.ts';
import type { ClientFieldsFragment } from '../api/generated/graphql.ts';
import { Confirm } from '../components/confirm.tsx';
import { formatPhone } from '../components/phones.ts';

interface Props {
  readonly client: ClientFieldsFragment;
  readonly onEdit: () => void;
}

type Action = 'optOut' | 'optIn' | 'delete';

export function ClientActions({ client, onEdit }: Props): ReactNode {
  const { t } = useTranslation('clients');
  const [asked, setAsked] = useState<Action | null>(null);
  const carryOut = useClientAction(client);
  const isOut = client.optedOutAt !== null && client.optedOutAt !== undefined;
  const phone = formatPhone(client.phone);
  const close = (): void => setAsked(null);
  return (
    <>
      <Button variant="default" leftSection={<IconPencil size={16} />} onClick={onEdit}>
        {t('client.edit')}
      </Button>
      <Button
        variant="default"
        leftSection={isOut ? <IconBell size={16} /> : <IconBellOff size={16} />}
        onClick={() => setAsked(isOut ? 'optIn' : 'optOut')}
      >
        {isOut ? t('client.optIn') : t('client.optOut')}
      </Button>
      <Button variant="default" leftSection={<IconTrash size={16} />} onClick={() => setAsked('delete')}>
        {t('client.delete')}
      </Button>
      {(['optOut', 'optIn', 'delete'] as const).map((action) => (
        <Confirm
          key={action}
          opened={asked === action}
          title={t(`client.${action}Title`, { phone })}
          text={t(`client.${action}Text`)}
          confirmLabel={t(`client.${action}Confirm`)}
          {...(action === 'optIn' && { color: 'brand' })}
          onConfirm={async () => carryOut(action)}
          onClose={close}
        />
      ))}
    </>
  );
}

/** Resolves to whether it was done; what was refused is said in a notification. */
function useClientAction(client: ClientFieldsFragment): (action: Action) => Promise<boolean> {
  const { t } = useTranslation('clients');
  const textOf = useFaultText();
  const userTextOf = useUserFaultText();
  const [, navigate] = useLocation();
  const [, updateClient] = useMutation(UpdateClientDocument);
  const [, deleteClient] = useMutation(DeleteClientDocument);
  const { id, version: expectedVersion } = client;
  const phone = formatPhone(client.phone);

  const change = async (optedOut: boolean): Promise<Answer> => {
    const { data, error } = await updateClient({ id, expectedVersion, input: { optedOut } });
    return { error, faults: data?.updateClient.userErrors ?? [] };
  };
  const remove = async (): Promise<Answer> => {
    const { data, error } = await deleteClient({ id });
    return { error, faults: data?.deleteClient.userErrors ?? [] };
  };
  return async (action) => {
    const { error, faults } = action === 'delete' ? await remove() : await change(action === 'optOut');
    const fault = error === undefined ? faults.map(userTextOf).join(' ') : textOf(error);
    if (fault !== '') {
      notifications.show({ color: 'red', title: t(`client.failed.${action}`), message: fault, autoClose: 10_000 });
      return false;
    }
    notifications.show({ message: t(`client.${done[action]}`, { phone }) });
    if (action === 'delete') {
      navigate('/clients', { replace: true });
      document.getElementById('content')?.focus();
    }
    return true;
  };
}

interface Answer {
  readonly error: CombinedError | undefined;
  readonly faults: readonly UserFault[];
}

const done = { optOut: 'optedOutNow', optIn: 'optedInNow', delete: 'deletedNow' } as const satisfies Record<Action, string>;

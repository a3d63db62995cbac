// A new client. One key per form: a second click or a retry makes no second client.
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useMutation } from 'urql';
import type { CombinedError } from 'urql';
import type { UserFault } from '../api/faults.ts';
import { CreateClientDocument } from '../api/generated/graphql.ts';
import { FaultNotice } from '../components/states.tsx';
import { ClientDialog, useKeepOpen } from './client-dialog.tsx';
import { ClientForm } from './client-form.tsx';
import { faultsOf, isChanged, toCreateInput } from './client-values.ts';
import type { ClientValues } from './client-values.ts';
import { newKey } from './new-key.ts';
import { formatPhone } from '../components/phones.ts';

interface Props {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onCreated: () => void;
}

export function CreateClient({ opened, onClose, onCreated }: Props): ReactNode {
  const { t } = useTranslation('clients');
  return (
    <ClientDialog opened={opened} onClose={onClose} title={t('form.createTitle')}>
      <NewClient onClose={onClose} onCreated={onCreated} />
    </ClientDialog>
  );
}

const empty: ClientValues = { phone: '', operatorCode: '', tag: '', timeZone: '' };

/** Made anew with every opening. */
function NewClient({ onClose, onCreated }: Omit<Props, 'opened'>): ReactNode {
  const { t } = useTranslation('clients');
  const [idempotencyKey] = useState(newKey);
  const [values, setValues] = useState(empty);
  const [faults, setFaults] = useState<readonly UserFault[]>([]);
  const [error, setError] = useState<CombinedError | null>(null);
  const [{ fetching }, createClient] = useMutation(CreateClientDocument);
  useKeepOpen(isChanged(empty, values));

  const submit = async (): Promise<void> => {
    const found = faultsOf(values);
    setError(null);
    setFaults(found);
    if (found.length > 0 || fetching) return;
    const answer = await createClient({ idempotencyKey, input: toCreateInput(values) });
    if (answer.data === undefined) return setError(answer.error ?? null);
    const { client, userErrors } = answer.data.createClient;
    if (client === null || client === undefined) return setFaults(userErrors);
    notifications.show({ message: t('form.created', { phone: formatPhone(client.phone) }) });
    onCreated();
  };
  return (
    <ClientForm
      values={values}
      faults={faults}
      busy={fetching}
      submitLabel={t('form.create')}
      onChange={(part) => setValues((before) => ({ ...before, ...part }))}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <FaultNotice error={error} />
    </ClientForm>
  );
}

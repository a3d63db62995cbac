// Changes to a client, for the version that was read. When somebody else was faster, their changes come into the form and the operator decides.
import { Alert, Button, List, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient, useMutation } from 'urql';
import type { CombinedError } from 'urql';
import type { UserFault } from '../api/faults.ts';
import { ClientByIdDocument, UpdateClientDocument } from '../api/generated/graphql.ts';
import type { ClientFieldsFragment } from '../api/generated/graphql.ts';
import { FaultNotice } from '../components/states.tsx';
import { ClientDialog, useKeepOpen } from './client-dialog.tsx';
import { ClientForm } from './client-form.tsx';
import { faultsOf, isChanged, mergeValues, toUpdateInput, toValues } from './client-values.ts';
import type { Merge } from './client-values.ts';
import { formatPhone } from '../components/phones.ts';

interface Props {
  readonly client: ClientFieldsFragment;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function EditClient({ client, opened, onClose }: Props): ReactNode {
  const { t } = useTranslation('clients');
  return (
    <ClientDialog opened={opened} onClose={onClose} title={t('form.editTitle')}>
      <ChangedClient client={client} onClose={onClose} />
    </ClientDialog>
  );
}

/** Made anew with every opening: what the list behind reads meanwhile does not touch the form. */
function ChangedClient({ client, onClose }: Omit<Props, 'opened'>): ReactNode {
  const { t } = useTranslation('clients');
  const common = useTranslation().t;
  const service = useClient();
  const [base, setBase] = useState(client);
  const [values, setValues] = useState(() => toValues(client));
  const [merge, setMerge] = useState<Merge | 'gone' | null>(null);
  const [faults, setFaults] = useState<readonly UserFault[]>([]);
  const [error, setError] = useState<CombinedError | null>(null);
  const [{ fetching }, updateClient] = useMutation(UpdateClientDocument);
  useKeepOpen(merge !== 'gone' && isChanged(toValues(base), values));

  const submit = async (): Promise<void> => {
    const input = toUpdateInput(toValues(base), values);
    const found = faultsOf(values);
    setError(null);
    setFaults(found);
    if (found.length > 0 || fetching) return;
    if (Object.keys(input).length === 0) {
      notifications.show({ message: t('form.unchanged') });
      return onClose();
    }
    const answer = await updateClient({ id: base.id, expectedVersion: base.version, input });
    if (answer.data === undefined) return setError(answer.error ?? null);
    const { client: saved, userErrors } = answer.data.updateClient;
    if (saved !== null && saved !== undefined) {
      notifications.show({ message: t('form.saved', { phone: formatPhone(saved.phone) }) });
      return onClose();
    }
    if (userErrors.some(({ code }) => code === 'NOT_FOUND')) return setMerge('gone');
    if (userErrors.some(({ code }) => code === 'STALE_VERSION')) return takeTheirs();
    setFaults(userErrors);
  };

  const takeTheirs = async (): Promise<void> => {
    const { data, error: fault } = await service.query(ClientByIdDocument, { id: base.id }, { requestPolicy: 'network-only' });
    if (data === undefined) return setError(fault ?? null);
    const theirs = data.client;
    if (theirs === null || theirs === undefined) return setMerge('gone');
    const merged = mergeValues(toValues(base), values, toValues(theirs));
    setBase(theirs);
    setValues(merged.values);
    setMerge(merged);
  };
  const discard = (): void => {
    setValues(toValues(base));
    setMerge(null);
    setFaults([]);
  };

  if (merge === 'gone') return <Text role="alert">{t('form.staleGone')}</Text>;
  return (
    <ClientForm
      values={values}
      faults={faults}
      busy={fetching}
      submitLabel={common('action.save')}
      onChange={(part) => setValues((before) => ({ ...before, ...part }))}
      onSubmit={() => void submit()}
      onClose={onClose}
    >
      <FaultNotice error={error} />
      {merge !== null && <Overtaken merge={merge} onDiscard={discard} />}
    </ClientForm>
  );
}

function Overtaken({ merge, onDiscard }: { readonly merge: Merge; readonly onDiscard: () => void }): ReactNode {
  const { t } = useTranslation('clients');
  const isTouched = merge.theirs.length > 0;
  return (
    <Alert role="alert" color="yellow" variant="outline" title={t('form.stale')}>
      <Text size="sm">{isTouched ? t('form.staleText') : t('form.staleOther')}</Text>
      {isTouched && (
        <>
          <List size="sm" my="xs">
            {merge.theirs.map(({ field, value, inConflict }) => (
              <List.Item key={field}>
                {t(inConflict ? 'form.staleConflict' : 'form.staleTheirs', {
                  field: t(`field.${field}`),
                  value: value === '' ? t('form.nothing') : value,
                })}
              </List.Item>
            ))}
          </List>
          <Button size="xs" variant="default" onClick={onDiscard}>
            {t('form.discard')}
          </Button>
        </>
      )}
    </Alert>
  );
}

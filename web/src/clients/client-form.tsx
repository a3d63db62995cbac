// The fields of a client. What is wrong is said at its field; what was typed is never lost.
import { Alert, Anchor, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { toPhoneNumber } from '../../../src/domain/phone-number.ts';
import { useUserFaultText } from '../api/faults.ts';
import type { UserFault } from '../api/faults.ts';
import { clientFields, fieldOfFault } from './client-values.ts';
import type { ClientField, ClientValues } from './client-values.ts';
import { typedOperatorCode } from '../components/phones.ts';
import { TimeZoneSelect } from './time-zone-select.tsx';

interface Props {
  readonly values: ClientValues;
  readonly faults: readonly UserFault[];
  readonly busy: boolean;
  readonly submitLabel: string;
  readonly onChange: (part: Partial<ClientValues>) => void;
  readonly onSubmit: () => void;
  readonly onClose: () => void;
  /** Above the fields: a request that failed, somebody who was faster. */
  readonly children?: ReactNode;
}

export function ClientForm({ values, faults, busy, submitLabel, onChange, onSubmit, onClose, children }: Props): ReactNode {
  const { t } = useTranslation('clients');
  const common = useTranslation().t;
  const form = useFocusOnFault(faults);
  const errorOf = useFieldErrors(faults, values);
  const general = faults.filter((fault) => fieldOfFault(fault) === null);
  const code = typedOperatorCode(values.phone);
  return (
    <form
      ref={form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <Stack>
        {children}
        <GeneralFaults faults={general} />
        <TextInput
          label={t('field.phone')}
          description={t('form.phoneHint')}
          type="tel"
          autoComplete="off"
          withAsterisk
          data-autofocus
          value={values.phone}
          error={errorOf('phone')}
          onChange={({ currentTarget }) => onChange({ phone: currentTarget.value })}
        />
        <TextInput
          label={t('field.operatorCode')}
          description={code === null ? t('form.codeHint') : t('form.codeDerived', { code })}
          placeholder={code ?? ''}
          inputMode="numeric"
          autoComplete="off"
          value={values.operatorCode}
          error={errorOf('operatorCode')}
          onChange={({ currentTarget }) => onChange({ operatorCode: currentTarget.value })}
        />
        <TextInput
          label={t('field.tag')}
          description={t('form.tagHint')}
          autoComplete="off"
          value={values.tag}
          error={errorOf('tag')}
          onChange={({ currentTarget }) => onChange({ tag: currentTarget.value })}
        />
        <TimeZoneSelect value={values.timeZone} error={errorOf('timeZone')} onChange={(timeZone) => onChange({ timeZone })} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {common('action.cancel')}
          </Button>
          <Button type="submit" loading={busy}>
            {submitLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function GeneralFaults({ faults }: { readonly faults: readonly UserFault[] }): ReactNode {
  const textOf = useUserFaultText();
  if (faults.length === 0) return null;
  return (
    <Alert role="alert" color="red" variant="outline">
      {faults.map((fault) => (
        <Text key={fault.code} size="sm">
          {textOf(fault)}
        </Text>
      ))}
    </Alert>
  );
}

function useFieldErrors(faults: readonly UserFault[], values: ClientValues): (field: ClientField) => ReactNode {
  const { t } = useTranslation('clients');
  const textOf = useUserFaultText();
  return (field) => {
    const fault = faults.find((one) => fieldOfFault(one) === field);
    if (fault === undefined) return null;
    if (fault.code !== 'PHONE_TAKEN') return textOf(fault);
    return (
      <>
        {textOf(fault)}{' '}
        <Anchor component={Link} href={`/clients?phone=${toPhoneNumber(values.phone) ?? ''}`} size="xs">
          {t('form.openTaken')}
        </Anchor>
      </>
    );
  };
}

/** The first field with a fault gets the focus, so that it is read out and can be put right at once. */
function useFocusOnFault(faults: readonly UserFault[]): React.RefObject<HTMLFormElement | null> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    const named = new Set(faults.map(fieldOfFault));
    const first = clientFields.find((field) => named.has(field));
    if (first !== undefined) form.current?.querySelector<HTMLElement>("[aria-invalid='true']")?.focus();
  }, [faults]);
  return form;
}

// Everything that is entered of a mailing, new or edited.
import { NumberInput, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ClientZone } from './client-zones.ts';
import { FilterFields } from './filter-fields.tsx';
import { FormSection } from './form-section.tsx';
import type { MailingField } from './form-values.ts';
import { PeriodFields } from './period-fields.tsx';
import { RateEstimate } from './rate-estimate.tsx';
import { TextField } from './text-field.tsx';
import type { MailingForm } from './use-mailing-form.ts';
import { WindowField } from './window-field.tsx';

interface Props {
  readonly form: MailingForm;
  /** Of the clients that the mailing is for; none while they are not known. */
  readonly zones: readonly ClientZone[];
  /** Messages still to be sent; null: not known. */
  readonly messages: number | null;
  /** Fields that can no longer change, with the reason. */
  /** Above the first field. */
  readonly notice?: ReactNode;
  readonly locked?: { readonly fields: ReadonlySet<MailingField>; readonly reason: string } | undefined;
}

export function MailingFields({ form, zones, messages, notice, locked }: Props): ReactNode {
  const { t } = useTranslation('mailings');
  const { values, set, faultOf } = form;
  const isLocked = (field: MailingField): boolean => locked?.fields.has(field) ?? false;
  return (
    <Stack gap="xl" className="fields">
      {notice}
      <FormSection title={t('text.title')}>
        <TextField text={values.text} fault={faultOf('text')} onChange={(text) => set('text', text)} />
      </FormSection>
      <FormSection title={t('filter.title')}>
        {isLocked('tags') && (
          <Text size="sm" c="dimmed">
            {locked?.reason}
          </Text>
        )}
        <FilterFields
          tags={values.tags}
          operatorCodes={values.operatorCodes}
          tagsFault={faultOf('tags')}
          codesFault={faultOf('operatorCodes')}
          disabled={isLocked('tags')}
          set={set}
        />
      </FormSection>
      <FormSection title={t('period.title')}>
        <PeriodFields
          startsAt={values.startsAt}
          endsAt={values.endsAt}
          startFault={faultOf('startsAt')}
          endFault={faultOf('endsAt')}
          zones={zones}
          startLocked={isLocked('startsAt')}
          set={set}
        />
        <WindowField sendWindow={values.sendWindow} endsAt={values.endsAt} fault={faultOf('sendWindow')} zones={zones} set={set} />
      </FormSection>
      <FormSection title={t('rate.title')}>
        <NumberInput
          label={t('rate.label')}
          description={t('rate.description')}
          placeholder={t('rate.placeholder')}
          maw={340}
          inputMode="numeric"
          allowDecimal={false}
          allowNegative={false}
          thousandSeparator=" "
          hideControls
          value={values.ratePerSecond ?? ''}
          error={faultOf('ratePerSecond')}
          onChange={(value) => set('ratePerSecond', value === '' ? null : Number(value))}
        />
        <RateEstimate values={values} messages={messages} />
      </FormSection>
    </Stack>
  );
}

// Which clients the mailing is for.
import { TagsInput, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { MailingForm } from './use-mailing-form.ts';

export function FilterFields({ form, disabled }: { readonly form: MailingForm; readonly disabled: boolean }): ReactNode {
  const { t } = useTranslation('mailings');
  const { t: tCommon } = useTranslation();
  const { values, set, faultOf } = form;
  const clearButtonProps = { 'aria-label': tCommon('action.clear') };
  return (
    <>
      <TagsInput
        label={t('filter.tags.label')}
        description={t('filter.tags.description')}
        placeholder={values.tags.length === 0 ? t('filter.any') : ''}
        disabled={disabled}
        // A tag may contain commas.
        splitChars={[]}
        // Capitals make another one.
        isDuplicate={(tag, tags) => tags.includes(tag)}
        clearable
        clearButtonProps={clearButtonProps}
        value={[...values.tags]}
        error={faultOf('tags')}
        onChange={(tags) => set('tags', tags)}
      />
      <TagsInput
        label={t('filter.codes.label')}
        description={t('filter.codes.description')}
        placeholder={values.operatorCodes.length === 0 ? t('filter.any') : ''}
        disabled={disabled}
        inputMode="numeric"
        splitChars={[',', ';', ' ']}
        clearable
        clearButtonProps={clearButtonProps}
        value={[...values.operatorCodes]}
        error={faultOf('operatorCodes')}
        onChange={(codes) => set('operatorCodes', codes)}
      />
      {values.tags.length === 0 && values.operatorCodes.length === 0 && (
        <Text size="sm" fw={600} data-everybody>
          {t('filter.everybody')}
        </Text>
      )}
    </>
  );
}

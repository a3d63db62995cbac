// Which clients the mailing is for.
import { TagsInput, Text } from '@mantine/core';
import { memo } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SetField } from './use-mailing-form.ts';

interface Props {
  readonly tags: readonly string[];
  readonly operatorCodes: readonly string[];
  readonly tagsFault: string | null;
  readonly codesFault: string | null;
  readonly disabled: boolean;
  readonly set: SetField;
}

export const FilterFields = memo(function FilterFields({ tags, operatorCodes, tagsFault, codesFault, disabled, set }: Props): ReactNode {
  const { t } = useTranslation('mailings');
  const { t: tCommon } = useTranslation();
  const clearButtonProps = { 'aria-label': tCommon('action.clear') };
  return (
    <>
      <TagsInput
        label={t('filter.tags.label')}
        description={t('filter.tags.description')}
        placeholder={tags.length === 0 ? t('filter.any') : ''}
        disabled={disabled}
        // A tag may contain commas.
        splitChars={[]}
        // Capitals make another one.
        isDuplicate={(tag, others) => others.includes(tag)}
        clearable
        clearButtonProps={clearButtonProps}
        value={[...tags]}
        error={tagsFault}
        onChange={(changed) => set('tags', changed)}
      />
      <TagsInput
        label={t('filter.codes.label')}
        description={t('filter.codes.description')}
        placeholder={operatorCodes.length === 0 ? t('filter.any') : ''}
        disabled={disabled}
        inputMode="numeric"
        splitChars={[',', ';', ' ']}
        clearable
        clearButtonProps={clearButtonProps}
        value={[...operatorCodes]}
        error={codesFault}
        onChange={(changed) => set('operatorCodes', changed)}
      />
      {tags.length === 0 && operatorCodes.length === 0 && (
        <Text size="sm" fw={600} data-everybody>
          {t('filter.everybody')}
        </Text>
      )}
    </>
  );
});

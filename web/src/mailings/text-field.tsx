// The text, and what the phone networks will make of it.
import { Stack, Textarea } from '@mantine/core';
import { useDeferredValue, useId, useMemo } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { SmsBlockers } from './sms-blockers.tsx';
import { SmsCounter } from './sms-counter.tsx';
import { countSms } from './sms-text.ts';

interface Props {
  readonly text: string;
  readonly fault: string | null;
  readonly onChange: (text: string) => void;
}

export function TextField({ text, fault, onChange }: Props): ReactNode {
  const { t } = useTranslation('mailings');
  const id = useId();
  // A text that was pasted may be huge: the letters come first, the count when there is time.
  const counted = useDeferredValue(text);
  const parts = useMemo(() => countSms(counted), [counted]);
  return (
    <Stack gap={6}>
      <Textarea
        label={t('text.label')}
        autosize
        minRows={4}
        maxRows={14}
        value={text}
        error={fault}
        aria-describedby={id}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
      />
      <SmsCounter id={id} parts={parts} isEmpty={text === ''} />
      <SmsBlockers text={counted} parts={parts} onReplace={onChange} />
    </Stack>
  );
}

// How many parts the text takes, and how much room the last one has.
import { Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SmsParts } from '../../../src/domain/sms-parts.ts';
import { useFormat } from '../i18n/use-format.ts';

interface Props {
  readonly id: string;
  readonly parts: SmsParts;
  readonly isEmpty: boolean;
}

export function SmsCounter({ id, parts: { encoding, segments, unitsLeft, characters }, isEmpty }: Props): ReactNode {
  const { t } = useTranslation('mailings');
  const { number } = useFormat();
  const shown = isEmpty ? 0 : segments;
  return (
    <Group id={id} gap="md" c="dimmed" className="tabular" data-sms={encoding}>
      <Text size="sm" fw={600} c="var(--mantine-color-text)">
        {t('sms.parts', { count: shown, formatted: number(shown) })}
      </Text>
      <Text size="sm">{t(`sms.encoding.${encoding}`)}</Text>
      {!isEmpty && <Text size="sm">{t('sms.left', { count: unitsLeft, formatted: number(unitsLeft) })}</Text>}
      <Text size="sm">{t('sms.characters', { characters: number(characters) })}</Text>
    </Group>
  );
}

// Which characters make a part hold 70 characters instead of 160, and what would do in their place.
import { Button, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { SmsParts } from '../../../src/domain/sms-parts.ts';
import { useFormat } from '../i18n/use-format.ts';
import { countSms, replaceCharacters, toBlockers } from './sms-text.ts';
import type { Blocker } from './sms-text.ts';

interface Props {
  readonly text: string;
  readonly parts: SmsParts;
  readonly onReplace: (text: string) => void;
}

/** Of letters as many as say which alphabet it is. */
const LETTERS_SHOWN = 6;

export function SmsBlockers({ text, parts, onReplace }: Props): ReactNode {
  const { t } = useTranslation('mailings');
  const { letters, others } = toBlockers(parts.outsideGsm);
  if (letters.length > 0) {
    const shown = letters.slice(0, LETTERS_SHOWN).join(' ');
    return (
      <Text size="sm" c="dimmed" data-blockers="letters">
        {t('sms.letters', { letters: letters.length > LETTERS_SHOWN ? `${shown} …` : shown })}
      </Text>
    );
  }
  if (others.length === 0) return null;
  return (
    <Stack gap={6} data-blockers="others">
      <Text size="sm">{t('sms.blockers')}</Text>
      <Group gap="xs">
        {others.map((blocker) => (
          <BlockerItem key={blocker.codePoint} blocker={blocker} onReplace={() => onReplace(replaceCharacters(text, [blocker]))} />
        ))}
      </Group>
      <ReplaceAll text={text} segments={parts.segments} blockers={others} onReplace={onReplace} />
    </Stack>
  );
}

function BlockerItem({ blocker, onReplace }: { readonly blocker: Blocker; readonly onReplace: () => void }): ReactNode {
  const { t } = useTranslation('mailings');
  const { character, codePoint, name, replacement } = blocker;
  const words = name === null ? codePoint : t(`sms.name.${name}`);
  const label = /^[\p{Z}\p{C}]$/u.test(character) || name === 'zeroWidth' ? words : `${character} ${words}`;
  if (replacement === null) {
    return (
      <Text size="sm" c="dimmed" title={codePoint}>
        {label}
      </Text>
    );
  }
  const by = replacement === '' ? t('sms.nothing') : replacement === ' ' ? t('sms.space') : replacement;
  return (
    <Button size="compact-sm" variant="default" title={codePoint} onClick={onReplace} aria-label={t('sms.replaceOne', { name: words, by })}>
      {t('sms.replace', { character: label, by })}
    </Button>
  );
}

function ReplaceAll({
  text,
  segments,
  blockers,
  onReplace,
}: {
  readonly text: string;
  readonly segments: number;
  readonly blockers: readonly Blocker[];
  readonly onReplace: (text: string) => void;
}): ReactNode {
  const { t } = useTranslation('mailings');
  const { number } = useFormat();
  const replaceable = blockers.filter(({ replacement }) => replacement !== null);
  if (replaceable.length === 0) return null;
  const replaced = replaceCharacters(text, replaceable);
  const parts = countSms(replaced);
  return (
    <Group gap="sm">
      {replaceable.length > 1 && (
        <Button size="compact-sm" variant="light" onClick={() => onReplace(replaced)}>
          {t('sms.replaceAll')}
        </Button>
      )}
      {parts.segments < segments && (
        <Text size="sm" c="dimmed">
          {t('sms.saves', { count: parts.segments, formatted: number(parts.segments), before: number(segments) })}
        </Text>
      )}
    </Group>
  );
}

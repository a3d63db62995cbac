// Steps through a list by cursors. A step that leads nowhere stays in its place, so that the keyboard does not lose its own.
import { Button, Group, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight, IconChevronsLeft } from '@tabler/icons-react';
import { useRef } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

interface Props {
  readonly label: string;
  /** Which part of the list is shown, in words. */
  readonly range?: string;
  /** What is shown is still the page before: its end is known, where the next one ends is not. */
  readonly outdated?: boolean;
  /** null: this is the first page. */
  readonly onFirst: (() => void) | null;
  /** null: there is none, or it is not known where it began. */
  readonly onBack: (() => void) | null;
  /** null: this is the last page. */
  readonly onNext: (() => void) | null;
}

export function Pager({ label, range, outdated = false, onFirst, onBack, onNext }: Props): ReactNode {
  const { t } = useTranslation();
  const place = useRef<HTMLDivElement>(null);
  const step = (go: (() => void) | null): (() => void) | null =>
    go &&
    (() => {
      go();
      // The steps stand below the list: the next page is read from its top.
      const list = place.current?.parentElement;
      if (list && list.getBoundingClientRect().top < 0) list.scrollIntoView({ block: 'start' });
    });
  // Pressed twice it has no effect the second time, and keeps its place and the focus.
  const goOn =
    onNext &&
    (() => {
      if (!outdated) onNext();
    });
  if (onFirst === null && onNext === null && range === undefined) return null;
  const isWhole = onFirst === null && onNext === null;
  return (
    <Group component="nav" ref={place} aria-label={label} justify="flex-end" gap="xs">
      {range !== undefined && (
        <Text size="sm" c="dimmed" mr="auto" className="tabular">
          {range}
        </Text>
      )}
      {!isWhole && (
        <>
          <Step label={t('action.firstPage')} icon={<IconChevronsLeft size={16} />} onStep={step(onFirst)} />
          <Step label={t('action.back')} icon={<IconChevronLeft size={16} />} onStep={step(onBack)} />
          <Step label={t('action.more')} icon={<IconChevronRight size={16} />} onStep={step(goOn)} />
        </>
      )}
    </Group>
  );
}

function Step({
  label,
  icon,
  onStep,
}: {
  readonly label: string;
  readonly icon: ReactNode;
  readonly onStep: (() => void) | null;
}): ReactNode {
  const isOff = onStep === null;
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={icon}
      aria-disabled={isOff}
      {...(isOff && { 'data-disabled': true })}
      onClick={() => onStep?.()}
    >
      {label}
    </Button>
  );
}

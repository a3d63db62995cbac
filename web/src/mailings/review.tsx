// What will happen, in a sentence, and the button that makes it happen.
import { Alert, Button, Divider, Group, Stack, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useId } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CombinedError } from 'urql';
import { Link } from 'wouter';
import { useFaultText } from '../api/faults.ts';
import { useMayChange } from '../session/role.tsx';

interface Props {
  readonly summary: string;
  readonly label: string;
  readonly busy: boolean;
  /** The last try did not get through, or got no answer. */
  readonly error: CombinedError | null;
  /** Of the values as a whole. */
  readonly fault: string | null;
  readonly disabled?: boolean;
  /** Where the way back leads. */
  readonly back: string;
  readonly onConfirm: () => void;
  readonly children?: ReactNode;
}

export function Review({ summary, label, busy, error, fault, disabled = false, back, onConfirm, children }: Props): ReactNode {
  const { t } = useTranslation('mailings');
  const { t: tCommon } = useTranslation();
  const textOf = useFaultText();
  const id = useId();
  const mayChange = useMayChange();
  return (
    <Stack gap="sm" component="section" className="review" aria-labelledby={id}>
      <Divider />
      <Text component="h2" id={id} fw={600} m={0}>
        {t('review.title')}
      </Text>
      {error !== null && (
        <Alert role="alert" color="red" variant="outline" icon={<IconAlertTriangle />} title={tCommon('fault.title')}>
          <Text size="sm">{textOf(error)}</Text>
          <Text size="sm">{t('review.again')}</Text>
        </Alert>
      )}
      {fault !== null && (
        <Alert role="alert" color="red" variant="outline" icon={<IconAlertTriangle />} title={tCommon('fault.title')}>
          {fault}
        </Alert>
      )}
      {children}
      <Text data-summary>{summary}</Text>
      {mayChange ? (
        <Group gap="sm">
          {/* Not of the type submit: with one in the form, Enter in any of its fields presses it. */}
          <Button type="button" loading={busy} disabled={disabled} onClick={onConfirm}>
            {label}
          </Button>
          <Button component={Link} href={back} variant="default">
            {tCommon('action.cancel')}
          </Button>
        </Group>
      ) : (
        <Text size="sm" c="dimmed">
          {t('review.viewer')}
        </Text>
      )}
    </Stack>
  );
}

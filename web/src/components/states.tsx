// What stands in the place of data: while it loads, when there is none, when it could not be had.
import { Alert, Button, Center, Loader, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { CombinedError } from 'urql';
import { Link } from 'wouter';
import { useConnectionState } from '../api/api.tsx';
import { useFaultText } from '../api/faults.ts';

export function Loading(): ReactNode {
  const { t } = useTranslation();
  return (
    <Center py="xl" role="status" aria-label={t('loading')}>
      <Loader />
    </Center>
  );
}

/** Until the first state of something live has come: without a connection nobody knows when. */
export function LoadingLive(): ReactNode {
  const { t } = useTranslation();
  const { status } = useConnectionState();
  if (status === 'connecting' || status === 'connected') return <Loading />;
  return <Empty title={t('connection.nothing')} text={t('connection.comesByItself')} />;
}

/** `children`: what to do about it, such as a button. */
export function Empty({
  title,
  text,
  children,
}: {
  readonly title: string;
  readonly text?: string;
  readonly children?: ReactNode;
}): ReactNode {
  return (
    <Center py="xl">
      <Stack align="center" gap="xs" maw={420}>
        <Text fw={600} ta="center">
          {title}
        </Text>
        {text !== undefined && (
          <Text c="dimmed" ta="center">
            {text}
          </Text>
        )}
        {children}
      </Stack>
    </Center>
  );
}

/** What the service will not answer, by the code that it gave. */
export function RefusedNotice({ code }: { readonly code: string }): ReactNode {
  return <FaultNotice error={new CombinedError({ graphQLErrors: [{ message: code, extensions: { code } }] })} />;
}

/** A request that failed as a whole; null shows nothing. */
export function FaultNotice({
  error,
  onRetry,
}: {
  readonly error: CombinedError | null | undefined;
  readonly onRetry?: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const textOf = useFaultText();
  if (error === null || error === undefined) return null;
  return (
    <Alert role="alert" color="red" variant="outline" icon={<IconAlertTriangle />} title={t('fault.title')}>
      <Text size="sm">{textOf(error)}</Text>
      {onRetry !== undefined && (
        <Button mt="sm" size="xs" variant="default" onClick={onRetry}>
          {t('action.retry')}
        </Button>
      )}
    </Alert>
  );
}

export function NotFound(): ReactNode {
  const { t } = useTranslation();
  return (
    <Center py="xl">
      <Stack align="center">
        <Title order={1} size="h3">
          {t('notFound.title')}
        </Title>
        <Text c="dimmed" ta="center">
          {t('notFound.text')}
        </Text>
        <Button component={Link} href="/" variant="default">
          {t('notFound.home')}
        </Button>
      </Stack>
    </Center>
  );
}

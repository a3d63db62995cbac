// The messages of a mailing as a CSV file. With a session the file is fetched here, as a link would carry no token.
import { Button, Group, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '../api/api.tsx';
import { useFormat } from '../i18n/use-format.ts';
import type { MessageFilter } from './message-filter.ts';
import { useDownload } from './use-download.ts';

interface Props {
  readonly mailingId: string;
  /** Of the table. A file takes its status alone, and says so where the table has fewer. */
  readonly filter: MessageFilter;
}

export function ExportButton({ mailingId, filter: { status, errorCode } }: Props): ReactNode {
  const { t } = useTranslation(['mailing', 'common']);
  const session = useSession();
  const url = `/mailings/${mailingId}/messages.csv${status === null ? '' : `?status=${status}`}`;
  const words = errorCode === null ? 'same' : 'more';
  const label = status === null ? t(`export.all.${words}`) : t(`export.some.${words}`, { status: t(`common:messageStatus.${status}`) });
  if (session.current().kind !== 'open') return <Fetched url={url} fileName={`mailing-${mailingId}-messages.csv`} label={label} />;
  return (
    <Button component="a" href={url} download size="xs" variant="default" leftSection={<IconDownload size={14} />}>
      {label}
    </Button>
  );
}

function Fetched({ url, fileName, label }: { readonly url: string; readonly fileName: string; readonly label: string }): ReactNode {
  const { t } = useTranslation('mailing');
  const { number } = useFormat();
  const { state, start, stop } = useDownload(url, fileName);
  return (
    <Group gap="sm">
      <Text size="sm" role="status" c={state.kind === 'failed' ? 'var(--mantine-color-error)' : 'dimmed'} className="tabular">
        {state.kind === 'reading' && t('export.read', { megabytes: number(Math.round(state.bytes / 100_000) / 10) })}
        {state.kind === 'failed' && t(`export.${state.reason}`)}
      </Text>
      {state.kind === 'reading' ? (
        <Button size="xs" variant="default" onClick={stop}>
          {t('export.stop')}
        </Button>
      ) : (
        <Button size="xs" variant="default" leftSection={<IconDownload size={14} />} onClick={() => void start()}>
          {label}
        </Button>
      )}
    </Group>
  );
}

// In the place of a screen whose script could not be had. Browsers do not ask for a failed script again, so that only another page helps: it
// is loaded as soon as the service answers. Nothing typed is lost, as nothing could be typed here.
import { Alert, Button, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useConnectionState } from '../api/api.tsx';
import { Loading } from './states.tsx';

/** Throws `fault` when the service answers and another page has not helped. */
export function Unloaded({ fault }: { readonly fault: Error }): ReactNode {
  const { t } = useTranslation();
  const { status } = useConnectionState();
  const [state, setState] = useState<'asking' | 'unreachable' | 'lost'>('asking');
  useEffect(() => {
    let isLeft = false;
    void answers().then((isThere) => {
      if (isLeft) return;
      if (!isThere) setState('unreachable');
      else if (mayReload()) location.reload();
      else setState('lost');
    });
    return () => {
      isLeft = true;
    };
  }, [status]);
  const [isTrying, setIsTrying] = useState(false);
  const tryAgain = async (): Promise<void> => {
    setIsTrying(true);
    if (await answers()) location.reload();
    else setIsTrying(false);
  };

  if (state === 'lost') throw fault;
  if (state === 'asking') return <Loading />;
  return (
    <Alert role="alert" color="red" variant="outline" title={t('fault.title')}>
      <Text size="sm">{t('fault.screen')}</Text>
      <Button mt="sm" size="xs" variant="default" loading={isTrying} onClick={() => void tryAgain()}>
        {t('action.retry')}
      </Button>
    </Alert>
  );
}

const storageKey = 'carillon.reloaded';

/** A screen has been shown: the next one that cannot be loaded may load the page again. */
export function forgetReload(): void {
  try {
    sessionStorage.removeItem(storageKey);
  } catch {
    // Then it was never noted either.
  }
}

/** Once, until a screen is shown. Never without storage: nothing else would end it. */
function mayReload(): boolean {
  try {
    if (sessionStorage.getItem(storageKey) !== null) return false;
    sessionStorage.setItem(storageKey, 'true');
    return true;
  } catch {
    return false;
  }
}

/** Whether the page that takes this one's place would come: without it, the browser would show a fault of its own. */
async function answers(): Promise<boolean> {
  try {
    return (await fetch(location.href, { cache: 'no-store', headers: { accept: 'text/html' } })).ok;
  } catch {
    return false;
  }
}

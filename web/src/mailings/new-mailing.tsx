// A new mailing: from nothing, from what was entered before in this tab, or as a copy of another (?from=).
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { useSearch } from 'wouter';
import { OneMailingDocument } from '../api/generated/graphql.ts';
import { Page } from '../components/page.tsx';
import { Empty, FaultNotice, Loading } from '../components/states.tsx';
import { copiedValues, newValues } from './form-values.ts';
import { NewMailingForm } from './new-mailing-form.tsx';
import { operatorZone } from './operator-zone.ts';

export function NewMailing(): ReactNode {
  const { t } = useTranslation('mailings');
  const from = new URLSearchParams(useSearch()).get('from');
  const [openedAt] = useState(Date.now);
  return (
    <Page title={from === null ? t('new.title') : t('new.copyTitle')}>
      {from === null ? (
        <NewMailingForm key="new" initial={newValues(openedAt, operatorZone)} draftName="new" />
      ) : (
        <Copy key={from} id={from} openedAt={openedAt} />
      )}
    </Page>
  );
}

function Copy({ id, openedAt }: { readonly id: string; readonly openedAt: number }): ReactNode {
  const { t } = useTranslation('mailings');
  const [{ data, error, fetching }, repeat] = useQuery({ query: OneMailingDocument, variables: { id }, requestPolicy: 'network-only' });
  if (data !== undefined && data.mailing !== null) {
    return <NewMailingForm initial={copiedValues(data.mailing, openedAt, operatorZone)} draftName={`copy.${id}`} />;
  }
  if (error !== undefined) return <FaultNotice error={error} onRetry={() => repeat()} />;
  return fetching ? <Loading /> : <Empty title={t('new.noOriginal.title')} text={t('new.noOriginal.text')} />;
}

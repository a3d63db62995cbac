// The form of a mailing that exists: it saves only what was changed, and overwrites nobody without a word.
import { Box } from '@mantine/core';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from 'urql';
import type { CombinedError } from 'urql';
import { useLocation } from 'wouter';
import { OneMailingDocument, UpdateMailingDocument } from '../api/generated/graphql.ts';
import type { MailingContentFragment } from '../api/generated/graphql.ts';
import { serviceNow } from '../api/service-clock.ts';
import { useNow } from '../components/use-now.ts';
import { useLeaveGuard } from '../components/use-leave-guard.tsx';
import { useFormat } from '../i18n/use-format.ts';
import { AudiencePanel } from './audience-panel.tsx';
import { DraftNotice } from './draft-notice.tsx';
import { foreignChanges, onlyChanged, toCreateInput, valuesOf } from './form-values.ts';
import type { MailingValues } from './form-values.ts';
import { MailingFields } from './mailing-fields.tsx';
import './mailing-form.css';
import { operatorZone } from './operator-zone.ts';
import { Review } from './review.tsx';
import { countSms } from './sms-text.ts';
import { StaleNotice } from './stale-notice.tsx';
import { noZones, useAudience } from './use-audience.ts';
import { useEdit } from './use-edit.ts';
import { useOneAtATime } from './use-submission.ts';
import { useSummary } from './use-summary.ts';

/** How soon an end that has passed is noticed. */
const CLOCK_TICK_MS = 10_000;

export function EditMailingForm({ mailing: live }: { readonly mailing: MailingContentFragment }): ReactNode {
  const { t } = useTranslation('mailings');
  const { number } = useFormat();
  const client = useClient();
  const [, navigate] = useLocation();
  const now = useNow(CLOCK_TICK_MS);
  /** Read after a refusal that came before the news of what it is about. */
  const [read, setRead] = useState<MailingContentFragment | null>(null);
  const mailing = read !== null && read.version > live.version ? read : live;
  const edit = useEdit(mailing, now);
  const { form, mine, others, locked } = edit;
  const { values } = form;
  const [error, setError] = useState<CombinedError | null>(null);
  const { busy, run } = useOneAtATime();
  const isStarted = mailing.status !== 'SCHEDULED';

  const { startsAt, endsAt } = toCreateInput(values, now, operatorZone);
  const answer = useAudience(values, isStarted);
  const { pending } = mailing.statistics;
  const reachable = answer.audience === null || answer.outdated ? null : answer.audience.reachable;
  const { segments } = countSms(values.text);
  const whole = useSummary(values, reachable, segments);
  const guard = useLeaveGuard(mine.length > 0, edit.draft.clear);
  const changes = mine.map((field) => t(`field.${field}`)).join(', ');

  const save = async (expectedVersion: number): Promise<void> => {
    setError(null);
    const { id } = mailing;
    const input = changesNow(edit.base, values);
    const { data, error: failure } = await client.mutation(UpdateMailingDocument, { id, input, expectedVersion }).toPromise();
    if (failure !== undefined) {
      setError(failure);
      return;
    }
    const { mailing: saved = null, userErrors = [] } = data?.updateMailing ?? {};
    if (saved !== null) {
      guard.release();
      edit.draft.clear();
      navigate(`/mailings/${id}`, { replace: true });
      return;
    }
    if (userErrors.every(({ code }) => code !== 'STALE_VERSION')) {
      form.refuse(userErrors);
      return;
    }
    const current = await client.query(OneMailingDocument, { id }, { requestPolicy: 'network-only' }).toPromise();
    const newest = current.data?.mailing ?? null;
    setRead(newest);
    // Only its status has moved on, or an earlier try went through.
    const isUntouched = newest !== null && foreignChanges(edit.base, values, valuesOf(newest, operatorZone)).length === 0;
    if (isUntouched && newest.version > expectedVersion) await save(newest.version);
    else form.refuse(userErrors);
  };
  const summary = mine.length === 0 ? t('edit.nothing') : t('edit.changes', { fields: changes });
  const rest = isStarted ? t('edit.waiting', { count: pending, formatted: number(pending) }) : whole;
  const startsNow = !isStarted && mine.includes('startsAt') && Date.parse(startsAt) <= now;

  return (
    <form
      id={form.id}
      className="mailing-form"
      noValidate
      // Enter in a field saves nothing: only the button does.
      onSubmit={(event) => event.preventDefault()}
    >
      <MailingFields
        form={form.withFaults(answer.faults)}
        zones={isStarted ? noZones : (answer.audience?.timeZones ?? noZones)}
        messages={isStarted ? pending : reachable}
        notice={edit.restored && others.length === 0 && <DraftNotice onDiscard={edit.takeTheirs} />}
        locked={{ fields: locked, reason: t('edit.locked') }}
      />
      {isStarted ? (
        <Box className="audience" />
      ) : (
        <AudiencePanel
          answer={answer}
          sendWindow={values.sendWindow}
          until={Date.parse(endsAt)}
          segments={values.text === '' ? null : segments}
        />
      )}
      <Review
        summary={mine.length === 0 ? summary : `${summary} ${rest}`}
        label={startsNow ? t('edit.saveAndStart') : t('edit.save')}
        busy={busy}
        error={error}
        fault={others.length > 0 ? null : form.wholeFault}
        disabled={mine.length === 0 || others.length > 0}
        back={`/mailings/${mailing.id}`}
        onConfirm={() => {
          if (others.length === 0 && mine.length > 0 && form.attempt()) run(async () => save(edit.expectedVersion));
        }}
      >
        {others.length > 0 && mine.length > 0 && <StaleNotice edit={edit} />}
      </Review>
      {guard.question}
    </form>
  );
}

/** Of a mailing that is to start at once, the start is the moment of saving. */
function changesNow(base: MailingValues, values: MailingValues): ReturnType<typeof onlyChanged> {
  return onlyChanged(base, values, toCreateInput(values, serviceNow(), operatorZone));
}

// The form of a new mailing. What was entered outlives faults, a lost connection, a sign-in and a reload; it is created once.
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from 'urql';
import type { CombinedError } from 'urql';
import { useLocation } from 'wouter';
import { CreateMailingDocument } from '../api/generated/graphql.ts';
import { serviceNow } from '../api/service-clock.ts';
import { useNow } from '../components/use-now.ts';
import { useLeaveGuard } from '../components/use-leave-guard.tsx';
import { useFormat } from '../i18n/use-format.ts';
import { AudiencePanel } from './audience-panel.tsx';
import { DraftNotice } from './draft-notice.tsx';
import { makeDraft } from './draft.ts';
import { newMailingFaults } from './form-faults.ts';
import { changedFields, isMailingValues, startOf, toCreateInput } from './form-values.ts';
import type { MailingValues } from './form-values.ts';
import { MailingFields } from './mailing-fields.tsx';
import './mailing-form.css';
import { operatorZone } from './operator-zone.ts';
import { Review } from './review.tsx';
import { SentBefore } from './sent-before.tsx';
import { countSms } from './sms-text.ts';
import { noZones, useAudience } from './use-audience.ts';
import { useMailingForm } from './use-mailing-form.ts';
import { isSubmission, newSubmission, useOneAtATime } from './use-submission.ts';
import type { Submission } from './use-submission.ts';
import { useSummary } from './use-summary.ts';

/** How soon an end that has passed is noticed. */
const CLOCK_TICK_MS = 10_000;

interface NewDraft {
  readonly values: MailingValues;
  readonly submission: Submission;
}

interface Props {
  readonly initial: MailingValues;
  readonly draftName: string;
}

export function NewMailingForm({ initial: given, draftName }: Props): ReactNode {
  const { t } = useTranslation('mailings');
  const { dateTime } = useFormat();
  const client = useClient();
  const [, navigate] = useLocation();
  const [initial] = useState(given);
  const [draft] = useState(() => makeDraft(draftName, isNewDraft));
  const [restored, setRestored] = useState(() => draft.read());
  const [submission, setSubmission] = useState(() => restored?.submission ?? newSubmission());
  const [error, setError] = useState<CombinedError | null>(null);
  /** An earlier try with other contents went through, though its answer was lost. */
  const [sentBefore, setSentBefore] = useState(false);
  const { busy, run } = useOneAtATime();
  const now = useNow(CLOCK_TICK_MS);

  const form = useMailingForm(restored?.values ?? initial, (entered) => newMailingFaults(entered, now, operatorZone));
  const { values } = form;
  const { startsAt, endsAt } = toCreateInput(values, now, operatorZone);
  const answer = useAudience(values);
  const messages = answer.audience === null || answer.outdated ? null : answer.audience.reachable;
  const { segments } = countSms(values.text);
  const summary = useSummary(values, messages, segments);
  const dirty = changedFields(initial, values).length > 0;
  const guard = useLeaveGuard(dirty, draft.clear);

  useEffect(() => {
    if (dirty || submission.startAt !== null) draft.write({ values, submission });
    else draft.clear();
  }, [draft, dirty, values, submission]);

  const create = async (): Promise<void> => {
    setError(null);
    setSentBefore(false);
    const tried = { ...submission, startAt: submission.startAt ?? serviceNow() };
    setSubmission(tried);
    // Before it is sent: a reload in the midst of it has to repeat the same.
    draft.write({ values, submission: tried });
    const input = toCreateInput(values, tried.startAt, operatorZone);
    const { data, error: failure } = await client.mutation(CreateMailingDocument, { input, idempotencyKey: tried.key }).toPromise();
    if (failure !== undefined) {
      setError(failure);
      return;
    }
    const { mailing = null, userErrors = [] } = data?.createMailing ?? {};
    if (mailing !== null) {
      guard.release();
      draft.clear();
      navigate(`/mailings/${mailing.id}`, { replace: true });
      return;
    }
    if (userErrors.some(({ code }) => code === 'IDEMPOTENCY_KEY_REUSED')) {
      setSentBefore(true);
      return;
    }
    // Nothing was written.
    setSubmission({ ...tried, startAt: null });
    form.refuse(userErrors);
  };
  const start = (): void => {
    if (form.attempt()) run(create);
  };
  const startAgain = (): void => {
    draft.clear();
    setRestored(null);
    setSubmission(newSubmission());
    form.replace(initial);
  };
  const another = (): void => {
    setSubmission(newSubmission());
    setSentBefore(false);
  };
  const startsNow = startOf(values, now, operatorZone) <= now;
  const label = startsNow ? t('new.start') : t('new.schedule', { at: dateTime(Date.parse(startsAt)) });

  return (
    <form
      id={form.id}
      className="mailing-form"
      noValidate
      // Enter in a field sends nothing: only the button does.
      onSubmit={(event) => event.preventDefault()}
    >
      <MailingFields
        form={form.withFaults(answer.faults)}
        zones={answer.audience?.timeZones ?? noZones}
        messages={messages}
        notice={restored !== null && <DraftNotice onDiscard={startAgain} />}
      />
      <AudiencePanel
        answer={answer}
        sendWindow={values.sendWindow}
        until={Date.parse(endsAt)}
        segments={values.text === '' ? null : segments}
      />
      <Review summary={summary} label={label} busy={busy} error={error} fault={form.wholeFault} back="/mailings" onConfirm={start}>
        {sentBefore && <SentBefore onAnother={another} />}
      </Review>
      {guard.question}
    </form>
  );
}

function isNewDraft(value: unknown): value is NewDraft {
  if (typeof value !== 'object' || value === null) return false;
  const { values, submission } = value as Partial<Record<keyof NewDraft, unknown>>;
  return isMailingValues(values) && isSubmission(submission);
}

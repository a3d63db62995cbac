// An edit of a mailing that others may change meanwhile: what it began from, what they have made of it, and how the two go together.
import { useEffect, useState } from 'react';
import type { MailingContentFragment } from '../api/generated/graphql.ts';
import { makeDraft } from './draft.ts';
import type { Draft } from './draft.ts';
import { editFaults } from './form-faults.ts';
import { changedFields, foreignChanges, isMailingValues, mailingFields, rebase, runningFields, valuesOf } from './form-values.ts';
import type { MailingField, MailingValues } from './form-values.ts';
import { operatorZone } from './operator-zone.ts';
import { useMailingForm } from './use-mailing-form.ts';
import type { MailingForm } from './use-mailing-form.ts';

interface Base {
  readonly values: MailingValues;
  readonly version: number;
}

interface EditDraft {
  readonly values: MailingValues;
  readonly base: Base;
}

export interface Edit {
  readonly form: MailingForm;
  readonly base: MailingValues;
  /** The mailing as it is now. */
  readonly theirs: MailingValues;
  /** What this edit changes. */
  readonly mine: readonly MailingField[];
  /** What others have changed since it began; the operator has to choose before anything is saved. */
  readonly others: readonly MailingField[];
  /** What can no longer change, as the mailing has started. */
  readonly locked: ReadonlySet<MailingField>;
  readonly expectedVersion: number;
  readonly draft: Draft<EditDraft>;
  readonly restored: boolean;
  /** Gives up the edit: the form has what others have made of the mailing. */
  readonly takeTheirs: () => void;
  /** Puts the edit on top of it. */
  readonly keepMine: () => void;
}

/** `mailing`: the newest state known. */
export function useEdit(mailing: MailingContentFragment, now: number): Edit {
  const [draft] = useState(() => makeDraft(`edit.${mailing.id}`, isEditDraft));
  const [restored, setRestored] = useState(() => draft.read());
  const theirs = valuesOf(mailing, operatorZone);
  const [base, setBase] = useState<Base>(() => restored?.base ?? { values: theirs, version: mailing.version });
  const form = useMailingForm(restored?.values ?? base.values, (values) =>
    editFaults({ mailing, before: base.values, after: values }, now, operatorZone),
  );
  const mine = changedFields(base.values, form.values);
  const others = foreignChanges(base.values, form.values, theirs);
  const isStarted = mailing.status !== 'SCHEDULED';
  const dirty = mine.length > 0;

  const startFrom = (values: MailingValues): void => {
    setBase({ values: theirs, version: mailing.version });
    form.replace(values);
  };
  const takeTheirs = (): void => {
    setRestored(null);
    startFrom(theirs);
  };

  // Who has changed nothing sees what others change.
  if (!dirty && others.length > 0) startFrom(theirs);
  // What can no longer change is as it is, whatever was entered.
  if (isStarted) for (const field of lockedFields) if (mine.includes(field)) form.set(field, base.values[field]);

  const { values } = form;
  useEffect(() => {
    if (dirty) draft.write({ values, base });
    else draft.clear();
  }, [draft, dirty, values, base]);

  return {
    form,
    base: base.values,
    theirs,
    mine,
    others,
    locked: isStarted ? lockedFields : noFields,
    // A change of the status alone, by itself or by a person, is no reason to refuse the edit.
    expectedVersion: others.length === 0 ? Math.max(mailing.version, base.version) : base.version,
    draft,
    restored: restored !== null && dirty,
    takeTheirs,
    keepMine: () => startFrom(rebase(base.values, values, theirs)),
  };
}

const lockedFields: ReadonlySet<MailingField> = new Set(mailingFields.filter((field) => !runningFields.has(field)));
const noFields: ReadonlySet<MailingField> = new Set();

function isEditDraft(value: unknown): value is EditDraft {
  if (typeof value !== 'object' || value === null) return false;
  const { values, base } = value as Partial<Record<keyof EditDraft, unknown>>;
  if (typeof base !== 'object' || base === null) return false;
  const { values: baseValues, version } = base as Partial<Record<keyof Base, unknown>>;
  return isMailingValues(values) && isMailingValues(baseValues) && typeof version === 'number';
}

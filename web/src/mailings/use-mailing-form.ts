// What was entered, and what is wrong with it: a field's fault is shown once the operator has been there, or tried to save.
import { useCallback, useEffect, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useUserFaultText } from '../api/faults.ts';
import type { UserFault } from '../api/faults.ts';
import { placeFault } from './form-faults.ts';
import type { PlacedFault } from './form-faults.ts';
import type { MailingField, MailingValues } from './form-values.ts';

/** The same function for the life of the form. */
export type SetField = <Field extends MailingField>(field: Field, value: MailingValues[Field]) => void;

export interface MailingForm {
  readonly values: MailingValues;
  readonly set: SetField;
  /** Other values altogether, nothing of them tried yet. */
  readonly replace: (values: MailingValues) => void;
  readonly faultOf: (field: MailingField) => string | null;
  /** Of no field. */
  readonly wholeFault: string | null;
  /** Shows every fault and leads to the first one; false: there are some. */
  readonly attempt: () => boolean;
  /** As it is, with what the service says meanwhile. */
  readonly withFaults: (faults: readonly UserFault[]) => MailingForm;
  /** What the service said to these values. */
  readonly refuse: (faults: readonly UserFault[]) => void;
  /** Of the form's element. */
  readonly id: string;
}

/** `check`: what is known to be wrong with the values, made anew whenever they or the time have moved on. */
export function useMailingForm(initial: MailingValues, check: (values: MailingValues) => readonly PlacedFault[]): MailingForm {
  const { t } = useTranslation('mailings');
  const textOf = useUserFaultText();
  const [values, setValues] = useState(initial);
  const [touched, setTouched] = useState<ReadonlySet<MailingField>>(new Set());
  const [refused, setRefused] = useState<readonly PlacedFault[]>([]);
  const [attempts, setAttempts] = useState(0);
  const id = useId();
  const known = check(values);

  // The fields have their faults by the time an effect runs.
  useEffect(() => {
    if (attempts > 0) document.getElementById(id)?.querySelector<HTMLElement>('[aria-invalid="true"], button[data-error]')?.focus();
  }, [id, attempts]);

  const wordsOf = ({ fault, entry }: PlacedFault): string =>
    entry === null ? textOf(fault) : t('form.entryFault', { entry, fault: textOf(fault) });
  const joined = (faults: readonly PlacedFault[]): string | null =>
    faults.length === 0 ? null : [...new Set(faults.map(wordsOf))].join(' ');
  const wordsAt = (field: MailingField | null): string | null => {
    const shown = [...(attempts > 0 || field === null || touched.has(field) ? known : []), ...refused].filter(
      (fault) => fault.field === field,
    );
    return joined(shown);
  };

  const set: SetField = useCallback((field, value) => {
    setValues((before) => ({ ...before, [field]: value }));
    setTouched((before) => (before.has(field) ? before : new Set([...before, field])));
    setRefused((before) => (before.length === 0 ? before : before.filter((fault) => fault.field !== field && fault.field !== null)));
  }, []);

  const form: MailingForm = {
    values,
    set,
    replace: (other) => {
      setValues(other);
      setTouched(new Set());
      setRefused([]);
      setAttempts(0);
    },
    withFaults: (faults) => {
      const placed = faults.map((fault) => placeFault(fault, values));
      return { ...form, faultOf: (field) => wordsAt(field) ?? joined(placed.filter((fault) => fault.field === field)) };
    },
    faultOf: wordsAt,
    wholeFault: wordsAt(null),
    attempt: () => {
      setRefused([]);
      if (known.length > 0) setAttempts((before) => before + 1);
      return known.length === 0;
    },
    refuse: (faults) => {
      setRefused(faults.map((fault) => placeFault(fault, values)));
      setAttempts((before) => before + 1);
    },
    id,
  };
  return form;
}

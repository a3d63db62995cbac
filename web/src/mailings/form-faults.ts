// Where a fault of a mailing is shown, and the service's own checks, made while the operator types.
import { checkMailingChanges, checkNewMailing } from '../../../src/domain/mailing.ts';
import type { EpochMs } from '../../../src/domain/send-window.ts';
import type { MailingStatus } from '../api/generated/graphql.ts';
import type { UserFault } from '../api/faults.ts';
import { isOfFilter, mailingFields, onlyChanged, toNewMailing } from './form-values.ts';
import type { MailingContent, MailingField, MailingValues } from './form-values.ts';

export interface PlacedFault {
  /** null: of no field of the form. */
  readonly field: MailingField | null;
  readonly fault: UserFault;
  /** The entry of a list that is at fault. */
  readonly entry: string | null;
}

/** Of the service's paths, such as input.filter.tags.2 and input.sendWindow.from. */
export function placeFault(fault: UserFault, values: MailingValues): PlacedFault {
  const path = fault.field.filter((name) => name !== 'input' && name !== 'filter');
  const [name = '', index] = path;
  // Of a filter as a whole: it has no field of its own.
  if (fault.field.at(-1) === 'filter') return { field: 'tags', fault, entry: null };
  if (!isField(name)) return { field: null, fault, entry: null };
  const entry = isOfFilter(name) && index !== undefined ? (values[name][Number(index)] ?? null) : null;
  return { field: name, fault, entry };
}

/** What the service would refuse of a new mailing, as far as it can be known here. */
export function newMailingFaults(values: MailingValues, now: EpochMs, timeZone: string): readonly PlacedFault[] {
  const checked = checkNewMailing(toNewMailing(values, now, timeZone), now, ['input']);
  return checked.ok ? [] : checked.errors.map((fault) => placeFault(fault, values));
}

interface Edited {
  readonly mailing: MailingContent & { readonly status: MailingStatus };
  readonly before: MailingValues;
  readonly after: MailingValues;
}

/** What the service would refuse of changes to a mailing. */
export function editFaults({ mailing, before, after }: Edited, now: EpochMs, timeZone: string): readonly PlacedFault[] {
  const changes = onlyChanged(before, after, toNewMailing(after, now, timeZone));
  const current = { status: mailing.status, startsAt: Date.parse(mailing.startsAt), endsAt: Date.parse(mailing.endsAt) };
  const checked = checkMailingChanges(current, changes, now, ['input']);
  return checked.ok ? [] : checked.errors.map((fault) => placeFault(fault, after));
}

function isField(name: string): name is MailingField {
  return mailingFields.some((field) => field === name);
}

// A mailing as its form has it, in the operator's own time, and as the service takes it.
import type { NewMailingInput } from '../../../src/domain/mailing.ts';
import type { EpochMs, SendWindow } from '../../../src/domain/send-window.ts';
import type { CreateMailingInput } from '../api/generated/graphql.ts';
import { defaultEnd } from './quick-times.ts';
import { toInstant, toWallClock } from './wall-clock.ts';
import type { WallClock } from './wall-clock.ts';

export interface MailingValues {
  readonly text: string;
  readonly operatorCodes: readonly string[];
  readonly tags: readonly string[];
  /** null: at once. */
  readonly startsAt: WallClock | null;
  readonly endsAt: WallClock;
  /** null: at any hour. */
  readonly sendWindow: SendWindow | null;
  /** null: no cap of its own. */
  readonly ratePerSecond: number | null;
}

export type MailingField = keyof MailingValues;

export const mailingFields = [
  'text',
  'operatorCodes',
  'tags',
  'startsAt',
  'endsAt',
  'sendWindow',
  'ratePerSecond',
] as const satisfies readonly MailingField[];

/** What may still change once the recipients have been selected. */
export const runningFields: ReadonlySet<MailingField> = new Set(['text', 'endsAt', 'sendWindow', 'ratePerSecond']);

export const usualWindow: SendWindow = { from: '09:00', to: '21:00' };

/** A mailing as the API has it. */
export interface MailingContent {
  readonly text: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly ratePerSecond: number | null;
  readonly sendWindow: SendWindow | null;
  readonly filter: { readonly operatorCodes: readonly string[]; readonly tags: readonly string[] };
}

export function newValues(now: EpochMs, timeZone: string): MailingValues {
  return {
    text: '',
    operatorCodes: [],
    tags: [],
    startsAt: null,
    endsAt: defaultEnd(now, timeZone),
    sendWindow: usualWindow,
    ratePerSecond: null,
  };
}

export function valuesOf(mailing: MailingContent, timeZone: string): MailingValues {
  return {
    text: mailing.text,
    operatorCodes: mailing.filter.operatorCodes,
    tags: mailing.filter.tags,
    startsAt: toWallClock(Date.parse(mailing.startsAt), timeZone),
    endsAt: toWallClock(Date.parse(mailing.endsAt), timeZone),
    sendWindow: mailing.sendWindow === null ? null : { from: mailing.sendWindow.from, to: mailing.sendWindow.to },
    ratePerSecond: mailing.ratePerSecond,
  };
}

/** The same again: with its period when that still lies ahead, otherwise from now on. */
export function copiedValues(mailing: MailingContent, now: EpochMs, timeZone: string): MailingValues {
  const values = valuesOf(mailing, timeZone);
  if (Date.parse(mailing.startsAt) > now) return values;
  return { ...values, startsAt: null, endsAt: Date.parse(mailing.endsAt) > now ? values.endsAt : defaultEnd(now, timeZone) };
}

/** `now`: the start of a mailing that starts at once. */
export function toNewMailing(values: MailingValues, now: EpochMs, timeZone: string): Required<NewMailingInput> {
  return {
    text: values.text,
    filter: { operatorCodes: values.operatorCodes, tags: values.tags },
    startsAt: startOf(values, now, timeZone),
    endsAt: toInstant(values.endsAt, timeZone).at,
    sendWindow: values.sendWindow,
    ratePerSecond: values.ratePerSecond,
  };
}

export function startOf({ startsAt }: Pick<MailingValues, 'startsAt'>, now: EpochMs, timeZone: string): EpochMs {
  return startsAt === null ? now : toInstant(startsAt, timeZone).at;
}

export function toCreateInput(values: MailingValues, now: EpochMs, timeZone: string): Required<CreateMailingInput> {
  const { startsAt, endsAt, sendWindow } = toNewMailing(values, now, timeZone);
  return {
    text: values.text,
    filter: { operatorCodes: [...values.operatorCodes], tags: [...values.tags] },
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
    sendWindow: sendWindow ?? null,
    ratePerSecond: values.ratePerSecond,
  };
}

export function changedFields(before: MailingValues, after: MailingValues): readonly MailingField[] {
  return mailingFields.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
}

/** Only what differs: what was left alone stays as it is, to the millisecond. `whole`: the input that `after` makes. */
export function onlyChanged<Input extends object>(before: MailingValues, after: MailingValues, whole: Input): Partial<Input> {
  const changed = new Set<string>(changedFields(before, after).map((field) => (isOfFilter(field) ? 'filter' : field)));
  return Object.fromEntries(Object.entries(whole).filter(([name]) => changed.has(name))) as Partial<Input>;
}

export function isOfFilter(field: MailingField): field is 'operatorCodes' | 'tags' {
  return field === 'operatorCodes' || field === 'tags';
}

/** What others have made of the mailing since `base` that is not what I want as well, as after a save whose answer was lost. */
export function foreignChanges(base: MailingValues, mine: MailingValues, theirs: MailingValues): readonly MailingField[] {
  const unlike = new Set(changedFields(mine, theirs));
  return changedFields(base, theirs).filter((field) => unlike.has(field));
}

/** My changes on top of theirs: what I left alone is as they have it. */
export function rebase(base: MailingValues, mine: MailingValues, theirs: MailingValues): MailingValues {
  const changed = changedFields(base, mine);
  return { ...theirs, ...Object.fromEntries(changed.map((field) => [field, mine[field]])) };
}

export function isMailingValues(value: unknown): value is MailingValues {
  if (typeof value !== 'object' || value === null) return false;
  const { text, operatorCodes, tags, startsAt, endsAt, sendWindow, ratePerSecond } = value as Partial<Record<MailingField, unknown>>;
  const isClock = (clock: unknown): boolean => typeof clock === 'string' && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(clock);
  const isList = (list: unknown): boolean => Array.isArray(list) && list.every((entry) => typeof entry === 'string');
  return (
    typeof text === 'string' &&
    isList(operatorCodes) &&
    isList(tags) &&
    (startsAt === null || isClock(startsAt)) &&
    isClock(endsAt) &&
    (sendWindow === null || (typeof sendWindow === 'object' && 'from' in sendWindow && 'to' in sendWindow)) &&
    (ratePerSecond === null || typeof ratePerSecond === 'number')
  );
}

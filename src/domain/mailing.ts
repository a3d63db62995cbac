// What a mailing is, the states it goes through, and the checks of a new one and of changes to one.
import { tagFaultOf } from './client.ts';
import type { Result, UserError, UserErrorCode } from './errors.ts';
import { reject, succeed } from './errors.ts';
import { isOperatorCode } from './phone-number.ts';
import type { EpochMs, SendWindow } from './send-window.ts';
import { checkSendWindow } from './send-window.ts';
import { isWithinLength, storedTextFault } from './stored-text.ts';

const textLengthLimit = 1000;
const ratePerSecondLimit = 1_000_000;

/** Entries in each list of a filter: all the operator codes there can be, and as many tags. */
const filterLengthLimit = 1000;

export const mailingStatuses = ['SCHEDULED', 'RUNNING', 'PAUSED', 'COMPLETED', 'CANCELLED'] as const;

export type MailingStatus = (typeof mailingStatuses)[number];

/** Every permitted change of status. A mailing whose whole period has passed unseen is still launched first, then completed. */
export const mailingTransitions = {
  SCHEDULED: ['RUNNING', 'CANCELLED'],
  RUNNING: ['PAUSED', 'COMPLETED', 'CANCELLED'],
  PAUSED: ['RUNNING', 'COMPLETED', 'CANCELLED'],
  // Only by retryMessages, while the period lasts: the messages that failed are sent again.
  COMPLETED: ['RUNNING'],
  CANCELLED: [],
} as const satisfies Record<MailingStatus, readonly MailingStatus[]>;

/** Whether `mailingTransitions` permits the change; staying in a status is not a change. */
export function canTransition(from: MailingStatus, to: MailingStatus): boolean {
  const targets: readonly MailingStatus[] = mailingTransitions[from];
  return targets.includes(to);
}

/** Nothing is sent any more and nothing about it changes, unless failed messages are retried. */
export function isFinished(status: MailingStatus): boolean {
  return status === 'COMPLETED' || status === 'CANCELLED';
}

/** A client matches when its operator code is listed (or none are) and its tag is listed (or none are); tags compare exactly. */
export interface MailingFilter {
  readonly operatorCodes: readonly string[];
  readonly tags: readonly string[];
}

export interface MailingFilterInput {
  readonly operatorCodes?: readonly string[] | null | undefined;
  readonly tags?: readonly string[] | null | undefined;
}

export interface NewMailingInput {
  readonly text: string;
  readonly filter?: MailingFilterInput | null | undefined;
  readonly startsAt: EpochMs;
  readonly endsAt: EpochMs;
  readonly sendWindow?: SendWindow | null | undefined;
  readonly ratePerSecond?: number | null | undefined;
}

/** A mailing that has been checked. `sendWindow` null: at any hour. `ratePerSecond` null: no cap of its own. */
export interface NewMailing {
  readonly text: string;
  readonly filter: MailingFilter;
  readonly startsAt: EpochMs;
  readonly endsAt: EpochMs;
  readonly sendWindow: SendWindow | null;
  readonly ratePerSecond: number | null;
}

/** undefined: left out, stays as it is. null clears sendWindow and ratePerSecond and is a fault elsewhere. */
export type MailingChangesInput = {
  readonly [Field in keyof NewMailingInput]?: NewMailingInput[Field] | null | undefined;
};

/** Only what changes, checked. */
export type MailingChanges = Partial<NewMailing>;

/**
 * Every fault at once: INVALID_TEXT, INVALID_FILTER (with the index of the entry), INVALID_PERIOD (at endsAt), INVALID_SEND_WINDOW,
 * INVALID_RATE. A start in the past means at once. Repeated entries of the filter are dropped.
 */
export function checkNewMailing(input: NewMailingInput, now: EpochMs, path: readonly string[]): Result<NewMailing> {
  const errors: UserError[] = [];
  const text = keep(checkText(input.text, [...path, 'text']), errors);
  const filter = keep(checkFilter(input.filter ?? {}, [...path, 'filter']), errors);
  const periodFault = periodFaultOf(input.startsAt, input.endsAt, now);
  if (periodFault !== null) errors.push(fault('INVALID_PERIOD', [...path, 'endsAt'], periodFault));
  const sendWindow = keep(checkOptionalWindow(input.sendWindow, [...path, 'sendWindow']), errors);
  const ratePerSecond = keep(checkRate(input.ratePerSecond, [...path, 'ratePerSecond']), errors);

  if (text === undefined || filter === undefined || sendWindow === undefined || ratePerSecond === undefined || errors.length > 0) {
    return reject(...errors);
  }
  return succeed({ text, filter, startsAt: input.startsAt, endsAt: input.endsAt, sendWindow, ratePerSecond });
}

/**
 * As `checkNewMailing`, for the fields that are given, against the mailing as it stands.
 * SCHEDULED: everything may change. RUNNING, PAUSED: filter and startsAt are MAILING_STARTED. Finished: MAILING_FINISHED at `path`, alone.
 * The period is judged when either end of it is given, and a fault stands at an end that was given.
 */
export function checkMailingChanges(
  current: Pick<NewMailing, 'startsAt' | 'endsAt'> & { readonly status: MailingStatus },
  input: MailingChangesInput,
  now: EpochMs,
  path: readonly string[],
): Result<MailingChanges> {
  if (isFinished(current.status)) {
    return reject(fault('MAILING_FINISHED', path, `the mailing is ${current.status}: nothing about it can change`));
  }
  const errors: UserError[] = [];
  const changes: { -readonly [Field in keyof MailingChanges]: MailingChanges[Field] } = {};

  if (input.text !== undefined) {
    const text = keep(checkText(input.text, [...path, 'text']), errors);
    if (text !== undefined) changes.text = text;
  }
  if (input.filter !== undefined) {
    const filter = keep(checkFilterChange(current.status, input.filter, [...path, 'filter']), errors);
    if (filter !== undefined) changes.filter = filter;
  }
  Object.assign(changes, keep(checkPeriodChange(current, input, now, path), errors));
  if (input.sendWindow !== undefined) {
    const sendWindow = keep(checkOptionalWindow(input.sendWindow, [...path, 'sendWindow']), errors);
    if (sendWindow !== undefined) changes.sendWindow = sendWindow;
  }
  if (input.ratePerSecond !== undefined) {
    const ratePerSecond = keep(checkRate(input.ratePerSecond, [...path, 'ratePerSecond']), errors);
    if (ratePerSecond !== undefined) changes.ratePerSecond = ratePerSecond;
  }
  return errors.length > 0 ? reject(...errors) : succeed(changes);
}

/** The text is sent as it is, so only what cannot be stored is refused; blanks are the writer's business. */
function checkText(text: string | null, field: readonly string[]): Result<string> {
  if (text === null || text === '' || !isWithinLength(text, textLengthLimit)) {
    return reject(fault('INVALID_TEXT', field, `must have 1 to ${textLengthLimit} characters`));
  }
  const storedFault = storedTextFault(text);
  return storedFault === null ? succeed(text) : reject(fault('INVALID_TEXT', field, storedFault));
}

/** Also the filter of a dry run. An entry that could match no client (an empty tag among them) is a fault, with its index. */
function checkFilter(filter: MailingFilterInput, field: readonly string[]): Result<MailingFilter> {
  const errors: UserError[] = [];
  const operatorCodes = checkEntries(filter.operatorCodes ?? [], operatorCodeFaultOf, [...field, 'operatorCodes'], errors);
  const tags = checkEntries(filter.tags ?? [], filterTagFaultOf, [...field, 'tags'], errors);
  return errors.length > 0 ? reject(...errors) : succeed({ operatorCodes, tags });
}

function checkEntries(
  entries: readonly string[],
  faultOf: (entry: string) => string | null,
  field: readonly string[],
  errors: UserError[],
): readonly string[] {
  if (entries.length > filterLengthLimit) {
    errors.push(fault('INVALID_FILTER', field, `must have at most ${filterLengthLimit} entries`));
    return [];
  }
  for (const [index, entry] of entries.entries()) {
    const entryFault = faultOf(entry);
    if (entryFault !== null) errors.push(fault('INVALID_FILTER', [...field, String(index)], entryFault));
  }
  return [...new Set(entries)];
}

function operatorCodeFaultOf(code: string): string | null {
  return isOperatorCode(code) ? null : 'must be three digits';
}

function filterTagFaultOf(tag: string): string | null {
  return tag === '' ? 'must not be empty: no client has an empty tag' : tagFaultOf(tag);
}

function checkFilterChange(status: MailingStatus, filter: MailingFilterInput | null, field: readonly string[]): Result<MailingFilter> {
  if (status !== 'SCHEDULED') return reject(fault('MAILING_STARTED', field, 'cannot change: the recipients have been selected'));
  if (filter === null) return reject(fault('INVALID_FILTER', field, 'must not be null; empty lists do not restrict'));
  return checkFilter(filter, field);
}

function checkPeriodChange(
  current: Pick<NewMailing, 'startsAt' | 'endsAt'> & { readonly status: MailingStatus },
  input: Pick<MailingChangesInput, 'startsAt' | 'endsAt'>,
  now: EpochMs,
  path: readonly string[],
): Result<Pick<MailingChanges, 'startsAt' | 'endsAt'>> {
  const { startsAt, endsAt } = input;
  const errors: UserError[] = [];
  if (startsAt !== undefined && current.status !== 'SCHEDULED') {
    errors.push(fault('MAILING_STARTED', [...path, 'startsAt'], 'cannot change: the mailing has started'));
  } else if (startsAt === null) {
    errors.push(fault('INVALID_PERIOD', [...path, 'startsAt'], 'must not be null'));
  }
  if (endsAt === null) errors.push(fault('INVALID_PERIOD', [...path, 'endsAt'], 'must not be null'));
  if (errors.length > 0 || startsAt === null || endsAt === null) return reject(...errors);
  if (startsAt === undefined && endsAt === undefined) return succeed({});

  const periodFault = periodFaultOf(startsAt ?? current.startsAt, endsAt ?? current.endsAt, now);
  if (periodFault !== null) return reject(fault('INVALID_PERIOD', [...path, endsAt === undefined ? 'startsAt' : 'endsAt'], periodFault));
  return succeed({ ...(startsAt !== undefined && { startsAt }), ...(endsAt !== undefined && { endsAt }) });
}

/** What is wrong with a period, in words; null when nothing is. Also the period of a dry run. */
function periodFaultOf(startsAt: EpochMs, endsAt: EpochMs, now: EpochMs): string | null {
  if (!(endsAt > startsAt)) return 'the end must be after the start';
  if (!(endsAt > now)) return 'the end must be in the future';
  return null;
}

function checkOptionalWindow(window: SendWindow | null | undefined, field: readonly string[]): Result<SendWindow | null> {
  return window === null || window === undefined ? succeed(null) : checkSendWindow(window, field);
}

function checkRate(ratePerSecond: number | null | undefined, field: readonly string[]): Result<number | null> {
  if (ratePerSecond === null || ratePerSecond === undefined) return succeed(null);
  if (Number.isInteger(ratePerSecond) && ratePerSecond >= 1 && ratePerSecond <= ratePerSecondLimit) return succeed(ratePerSecond);
  return reject(fault('INVALID_RATE', field, `must be a whole number from 1 to ${ratePerSecondLimit}`));
}

/** The value, or undefined after its faults have joined `errors`. */
function keep<T>(result: Result<T>, errors: UserError[]): T | undefined {
  if (result.ok) return result.value;
  errors.push(...result.errors);
  return undefined;
}

function fault(code: UserErrorCode, field: readonly string[], message: string): UserError {
  return { code, field, message };
}

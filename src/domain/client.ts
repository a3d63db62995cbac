// What a client may be: the check of a new one (also the import's, a million times in a row) and of changes to one.
import type { Result, UserError, UserErrorCode } from './errors.ts';
import { reject, succeed } from './errors.ts';
import { isOperatorCode, operatorCodeOf, toPhoneNumber } from './phone-number.ts';
import { isWithinLength, storedTextFault } from './stored-text.ts';
import { toTimeZone } from './time-zone.ts';

const tagLengthLimit = 100;

export interface NewClientInput {
  readonly phone: string;
  readonly operatorCode?: string | null | undefined;
  readonly tag?: string | null | undefined;
  readonly timeZone: string;
}

export interface NewClient {
  readonly phone: string;
  readonly operatorCode: string;
  readonly tag: string | null;
  readonly timeZone: string;
}

/** undefined: left out, stays as it is. */
export interface ClientChangesInput {
  readonly phone?: string | null | undefined;
  readonly operatorCode?: string | null | undefined;
  readonly tag?: string | null | undefined;
  readonly timeZone?: string | null | undefined;
  readonly optedOut?: boolean | null | undefined;
}

/** Only what changes. `operatorCode` null: derived again from the phone the client then has. `tag` null: no tag. */
export interface ClientChanges {
  readonly phone?: string;
  readonly operatorCode?: string | null;
  readonly tag?: string | null;
  readonly timeZone?: string;
  readonly optedOut?: boolean;
}

/** Never throws. Every fault at once, each with `path` and the name of its field; an operator code left out is derived. */
export function checkNewClient(input: NewClientInput, path: readonly string[]): Result<NewClient> {
  const errors: UserError[] = [];
  const phone = toPhoneNumber(input.phone);
  if (phone === null) errors.push(phoneError(path));
  const operatorCode = input.operatorCode ?? null;
  if (operatorCode !== null && !isOperatorCode(operatorCode)) errors.push(operatorCodeError(path));
  const tag = toTag(input.tag);
  const tagFault = tag === null ? null : tagFaultOf(tag);
  if (tagFault !== null) errors.push(fault('INVALID_TAG', path, 'tag', tagFault));
  const timeZone = toTimeZone(input.timeZone);
  if (timeZone === null) errors.push(timeZoneError(path));

  if (phone === null || timeZone === null || errors.length > 0) return reject(...errors);
  return succeed({ phone, operatorCode: operatorCode ?? operatorCodeOf(phone), tag, timeZone });
}

/** As `checkNewClient`, for the fields that are given. null is a fault for phone and timeZone, and leaves optedOut as it is. */
export function checkClientChanges(input: ClientChangesInput, path: readonly string[]): Result<ClientChanges> {
  const errors: UserError[] = [];
  const changes: { -readonly [Field in keyof ClientChanges]: ClientChanges[Field] } = {};

  if (input.phone !== undefined) {
    const phone = input.phone === null ? null : toPhoneNumber(input.phone);
    if (phone === null) errors.push(phoneError(path));
    else changes.phone = phone;
  }
  if (input.operatorCode !== undefined) {
    if (input.operatorCode !== null && !isOperatorCode(input.operatorCode)) errors.push(operatorCodeError(path));
    else changes.operatorCode = input.operatorCode;
  }
  if (input.tag !== undefined) {
    const tag = toTag(input.tag);
    const tagFault = tag === null ? null : tagFaultOf(tag);
    if (tagFault !== null) errors.push(fault('INVALID_TAG', path, 'tag', tagFault));
    else changes.tag = tag;
  }
  if (input.timeZone !== undefined) {
    const timeZone = input.timeZone === null ? null : toTimeZone(input.timeZone);
    if (timeZone === null) errors.push(timeZoneError(path));
    else changes.timeZone = timeZone;
  }
  if (input.optedOut !== undefined && input.optedOut !== null) changes.optedOut = input.optedOut;

  return errors.length > 0 ? reject(...errors) : succeed(changes);
}

/**
 * The operator code after the changes. One that was derived follows the phone; one that was given for a ported number
 * (it differs from the phone's digits) stays until it is changed or, with null, derived again.
 */
export function changedOperatorCode(current: Pick<NewClient, 'phone' | 'operatorCode'>, changes: ClientChanges): string {
  if (typeof changes.operatorCode === 'string') return changes.operatorCode;
  const wasDerived = current.operatorCode === operatorCodeOf(current.phone);
  if (changes.operatorCode === null || wasDerived) return operatorCodeOf(changes.phone ?? current.phone);
  return current.operatorCode;
}

/** What is wrong with a tag, in words; null when nothing is. */
export function tagFaultOf(tag: string): string | null {
  if (!isWithinLength(tag, tagLengthLimit)) return `must have at most ${tagLengthLimit} characters`;
  return storedTextFault(tag);
}

/** An empty tag is no tag, so that an empty cell of a spreadsheet and a tag left out mean the same. Nothing else is changed. */
function toTag(tag: string | null | undefined): string | null {
  return tag === undefined || tag === '' ? null : tag;
}

function phoneError(path: readonly string[]): UserError {
  return fault('INVALID_PHONE', path, 'phone', 'must be 11 digits beginning with 7; spaces, brackets, dashes and a leading + are allowed');
}

function operatorCodeError(path: readonly string[]): UserError {
  return fault('INVALID_OPERATOR_CODE', path, 'operatorCode', 'must be three digits; leave it out to take digits 2 to 4 of the phone');
}

function timeZoneError(path: readonly string[]): UserError {
  return fault('INVALID_TIME_ZONE', path, 'timeZone', 'must be an IANA name such as Europe/Moscow, an offset such as +03:00, or GMT+3');
}

function fault(code: UserErrorCode, path: readonly string[], field: string, message: string): UserError {
  return { code, field: [...path, field], message };
}

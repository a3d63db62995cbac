// A client in a form: what is typed, what of it is sent, and what happens when somebody else was faster.
import { checkNewClient } from '../../../src/domain/client.ts';
import type { UserFault } from '../api/faults.ts';
import type { CreateClientInput, UpdateClientInput } from '../api/generated/graphql.ts';
import { knowsTimeZones } from './time-zones.ts';

export interface ClientValues {
  readonly phone: string;
  /** Empty: that of the phone. */
  readonly operatorCode: string;
  readonly tag: string;
  readonly timeZone: string;
}

export type ClientField = keyof ClientValues;

export const clientFields = ['phone', 'operatorCode', 'tag', 'timeZone'] as const satisfies readonly ClientField[];

interface StoredClient {
  readonly phone: string;
  readonly operatorCode: string;
  readonly tag?: string | null;
  readonly timeZone: string;
}

/** An operator code that is the phone's own stands as empty: it follows the phone. */
export function toValues({ phone, operatorCode, tag, timeZone }: StoredClient): ClientValues {
  return { phone, operatorCode: operatorCode === phone.slice(1, 4) ? '' : operatorCode, tag: tag ?? '', timeZone };
}

export function isChanged(before: ClientValues, now: ClientValues): boolean {
  return clientFields.some((field) => now[field] !== before[field]);
}

export function toCreateInput({ phone, operatorCode, tag, timeZone }: ClientValues): CreateClientInput {
  return { phone: phone.trim(), operatorCode: orNull(operatorCode), tag: orNull(tag), timeZone };
}

/** Only what was changed. */
export function toUpdateInput(before: ClientValues, now: ClientValues): UpdateClientInput {
  return {
    ...(now.phone !== before.phone && { phone: now.phone.trim() }),
    ...(now.operatorCode !== before.operatorCode && { operatorCode: orNull(now.operatorCode) }),
    ...(now.tag !== before.tag && { tag: orNull(now.tag) }),
    ...(now.timeZone !== before.timeZone && { timeZone: now.timeZone }),
  };
}

/** By the service's own rules, before anything is sent. A browser that does not know the rules of time zones leaves those to the service. */
export function faultsOf(values: ClientValues): readonly UserFault[] {
  const checked = checkNewClient(toCreateInput(values), ['input']);
  if (checked.ok) return [];
  return (checked.errors as readonly UserFault[]).filter(
    ({ code }) => code !== 'INVALID_TIME_ZONE' || values.timeZone === '' || knowsTimeZones(),
  );
}

/** The field of the form that a fault is about; null: about the whole. */
export function fieldOfFault({ field }: UserFault): ClientField | null {
  const name = field.at(-1);
  return clientFields.find((known) => known === name) ?? null;
}

export interface Merge {
  /** For the form: what this operator changed, and for the rest what the other one left. */
  readonly values: ClientValues;
  /** Fields that the other one changed, with what stands there now. */
  readonly theirs: readonly { readonly field: ClientField; readonly value: string; readonly inConflict: boolean }[];
}

/** When the client has changed since the form was filled with `before`. */
export function mergeValues(before: ClientValues, mine: ClientValues, theirs: ClientValues): Merge {
  const changed = clientFields.filter((field) => theirs[field] !== before[field]);
  const kept = Object.fromEntries(clientFields.map((field) => [field, mine[field] === before[field] ? theirs[field] : mine[field]]));
  return {
    values: kept as unknown as ClientValues,
    theirs: changed.map((field) => ({
      field,
      value: theirs[field],
      inConflict: mine[field] !== before[field] && mine[field] !== theirs[field],
    })),
  };
}

function orNull(text: string): string | null {
  return text.trim() === '' ? null : text.trim();
}

// The dry run of a mailing: whom it would reach, when, and in how many parts.
import type { Result } from './errors.ts';
import { succeed } from './errors.ts';
import type { NewMailing, NewMailingInput } from './mailing.ts';
import { checkNewMailing } from './mailing.ts';
import type { EpochMs } from './send-window.ts';
import { nextOpenInterval } from './send-window.ts';
import type { SmsEncoding } from './sms-parts.ts';
import { toSmsParts } from './sms-parts.ts';

export type AudienceInput = Omit<NewMailingInput, 'text' | 'ratePerSecond'> & { readonly text?: string | null | undefined };

/** Checked. `text` null: the parts are not asked for. */
export type AudienceRequest = Omit<NewMailing, 'text' | 'ratePerSecond'> & { readonly text: string | null };

/** The faults that `checkNewMailing` would find, so that what passes here can be created. */
export function checkAudience(input: AudienceInput, now: EpochMs, path: readonly string[]): Result<AudienceRequest> {
  const text = input.text ?? null;
  // Without a text, any that is valid: the rest is judged all the same.
  const checked = checkNewMailing({ ...input, text: text ?? 'text' }, now, path);
  return checked.ok ? succeed({ ...checked.value, text }) : checked;
}

/** Clients of one time zone that match the filter. */
export interface ZoneCount {
  readonly timeZone: string;
  readonly clients: number;
  /** Those of them who have opted out. */
  readonly optedOut: number;
}

export interface Audience {
  readonly matching: number;
  readonly reachable: number;
  readonly optedOut: number;
  readonly outsideWindow: number;
  /** The earliest opening first, those that never open last; the most clients first among equals. */
  readonly timeZones: readonly AudienceTimeZone[];
  readonly sms: AudienceSms | null;
}

interface AudienceTimeZone {
  readonly timeZone: string;
  /** Without those who have opted out. */
  readonly clients: number;
  readonly opensAt: EpochMs | null;
}

interface AudienceSms {
  readonly encoding: SmsEncoding;
  readonly characters: number;
  readonly units: number;
  readonly segmentsPerMessage: number;
  readonly segmentsTotal: number;
  readonly outsideGsm: readonly string[];
}

/** What the expansion would make of these clients if it ran at the start, or now when that has passed. */
export function toAudience(zones: readonly ZoneCount[], request: AudienceRequest, now: EpochMs): Audience {
  const beginsAt = Math.max(request.startsAt, now);
  const timeZones = zones
    .map(({ timeZone, clients, optedOut }) => ({
      timeZone,
      clients: clients - optedOut,
      opensAt: nextOpenInterval(request.sendWindow, timeZone, beginsAt, request.endsAt)?.opensAt ?? null,
    }))
    .filter(({ clients }) => clients > 0)
    .toSorted(inOrderOfOpening);
  const reachable = sum(timeZones.filter(({ opensAt }) => opensAt !== null).map(({ clients }) => clients));
  return {
    matching: sum(zones.map(({ clients }) => clients)),
    reachable,
    optedOut: sum(zones.map(({ optedOut }) => optedOut)),
    outsideWindow: sum(timeZones.map(({ clients }) => clients)) - reachable,
    timeZones,
    sms: request.text === null ? null : toAudienceSms(request.text, reachable),
  };
}

function toAudienceSms(text: string, reachable: number): AudienceSms {
  const { segments, encoding, characters, units, outsideGsm } = toSmsParts(text);
  return { encoding, characters, units, segmentsPerMessage: segments, segmentsTotal: segments * reachable, outsideGsm };
}

function inOrderOfOpening(a: AudienceTimeZone, b: AudienceTimeZone): number {
  const opening = (a.opensAt ?? Number.MAX_SAFE_INTEGER) - (b.opensAt ?? Number.MAX_SAFE_INTEGER);
  if (opening !== 0) return opening;
  if (a.clients !== b.clients) return b.clients - a.clients;
  return a.timeZone < b.timeZone ? -1 : 1;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

// The scalars of the API. Instants are epoch milliseconds inside the program and RFC 3339 text outside.
import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import type { ValueNode } from 'graphql';
import type { EpochMs } from '../domain/send-window.ts';

// RFC 3339, section 5.6; letters in either case. Fractions beyond milliseconds are cut off.
const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** Year 1 to year 9999: all that RFC 3339 can write, except year 0, which PostgreSQL does not know. */
const earliestAt = Date.parse('0001-01-01T00:00:00.000Z');
const latestAt = Date.parse('9999-12-31T23:59:59.999Z');

export const DateTimeScalar = new GraphQLScalarType<EpochMs, string>({
  name: 'DateTime',
  description:
    'An instant. Output: RFC 3339 in UTC with milliseconds (2026-11-21T09:00:00.000Z). Input: any RFC 3339 offset; digits beyond milliseconds are cut off.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => {
    if (typeof value !== 'number') throw new TypeError('DateTime: an instant must be a number of milliseconds');
    return toRfc3339(value);
  },
  parseValue: (value) => {
    if (typeof value !== 'string') throw new GraphQLError('DateTime must be a string such as "2026-11-21T12:00:00+03:00"');
    return toInstant(value);
  },
  parseLiteral: (node) => {
    if (node.kind !== Kind.STRING) throw atNode('DateTime must be a string such as "2026-11-21T12:00:00+03:00"', node);
    return toInstant(node.value, node);
  },
});

const DAY_MS = 86_400_000;
/** Of the days since 1970 that were written lately; all that lists show at a time fit. */
const writtenDays = new Map<number, string>();
const MOST_DAYS = 1_000;

/** As toISOString. Instants of one answer mostly lie on a few days, and writing the date is most of the work. */
function toRfc3339(at: EpochMs): string {
  const day = Math.floor(at / DAY_MS);
  let date = writtenDays.get(day);
  if (date === undefined) {
    date = new Date(day * DAY_MS).toISOString().slice(0, -13);
    if (writtenDays.size >= MOST_DAYS) writtenDays.clear();
    writtenDays.set(day, date);
  }
  const ofDay = Math.trunc(at - day * DAY_MS);
  const [hours, minutes] = [Math.floor(ofDay / 3_600_000), Math.floor(ofDay / 60_000) % 60];
  const [seconds, ms] = [Math.floor(ofDay / 1_000) % 60, ofDay % 1_000];
  return `${date}${twoDigits(hours)}:${twoDigits(minutes)}:${twoDigits(seconds)}.${ms < 100 ? '0' : ''}${twoDigits(ms)}Z`;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

function toInstant(text: string, node?: ValueNode): EpochMs {
  const match = rfc3339.exec(text);
  if (match === null) {
    throw atNode(`DateTime must be RFC 3339 with an offset, such as "2026-11-21T12:00:00+03:00" or "2026-11-21T09:00:00Z"`, node);
  }
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  const [fraction = '', sign = '+', offsetHours = '00', offsetMinutes = '00'] = match.slice(7);
  if (second === 60) throw atNode('DateTime cannot be a leap second: use second 59', node);
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) throw atNode('DateTime has no such offset', node);

  // Fields out of range roll over into the next larger one: an instant that does not read back the same is no date.
  const local = new Date(0);
  local.setUTCFullYear(year ?? 0, (month ?? 0) - 1, day);
  local.setUTCHours(hour ?? 0, minute, second, Number(fraction.slice(0, 3).padEnd(3, '0')));
  const written = text.slice(0, 19).toUpperCase();
  if (local.toISOString().slice(0, 19) !== written) throw atNode('DateTime names a date or a time that does not exist', node);

  const offsetMs = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000;
  const at = local.getTime() - (sign === '+' ? offsetMs : -offsetMs);
  if (at < earliestAt || at > latestAt) throw atNode('DateTime must lie in the years 1 to 9999 in UTC', node);
  return at;
}

function isSafeCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

export const SafeIntScalar = new GraphQLScalarType<number, number>({
  name: 'SafeInt',
  description: 'A whole number from 0 to 2^53 - 1, a JSON number. All counts use it.',
  serialize: (value) => {
    if (!isSafeCount(value)) throw new TypeError('SafeInt: a count must be a whole number from 0 to 2^53 - 1');
    return value;
  },
  parseValue: (value) => {
    if (!isSafeCount(value)) throw new GraphQLError('SafeInt must be a whole number from 0 to 9007199254740991');
    return value;
  },
  parseLiteral: (node) => {
    const value = node.kind === Kind.INT ? Number(node.value) : null;
    if (!isSafeCount(value)) throw atNode('SafeInt must be a whole number from 0 to 9007199254740991', node);
    return value;
  },
});

function atNode(message: string, node: ValueNode | undefined): GraphQLError {
  return new GraphQLError(message, node === undefined ? {} : { nodes: node });
}

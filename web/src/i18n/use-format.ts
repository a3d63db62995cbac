// Numbers, dates and durations in the chosen language, all by Intl.
import { useTranslation } from 'react-i18next';
import { serviceNow } from '../api/service-clock.ts';
import { dateFormat, numberFormat, relativeFormat } from './intl.ts';
import { useToday } from './today.ts';

export interface Format {
  number(value: number): string;
  /** 0.1234 is 12.3 %. */
  percent(share: number): string;
  /** With one digit below 10, none above. */
  rate(perSecond: number): string;
  /** Day and time, in the operator's zone or the one given. */
  dateTime(instant: string | number, timeZone?: string): string;
  time(instant: string | number, timeZone?: string): string;
  /** From one to the other; of one day the day stands once. */
  period(from: string | number, to: string | number): string;
  /** As short as today allows: the time alone of an instant of today, the year only of another year. */
  moment(instant: string | number, timeZone?: string): string;
  timeWithSeconds(instant: string | number): string;
  /** "in 5 minutes", "2 hours ago". `now` for tests and ticking clocks. */
  relative(instant: string | number, now?: number): string;
  /** "2 h 5 min": the two largest units. */
  duration(ms: number): string;
}

/** Who shows a moment is drawn again after midnight, also inside of what is drawn only when its own values change. */
export function useFormat(): Format {
  useToday();
  return formatOf(useTranslation().i18n.language);
}

const formats = new Map<string, Format>();

/** One for all who ask: of the language alone. */
function formatOf(language: string): Format {
  const known = formats.get(language);
  if (known !== undefined) return known;
  const made = makeFormat(language);
  formats.set(language, made);
  return made;
}

function makeFormat(language: string): Format {
  const number = numberFormat(language, {});
  const percent = numberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const slow = numberFormat(language, { maximumFractionDigits: 1 });
  const fast = numberFormat(language, { maximumFractionDigits: 0 });
  const dates = datesLanguage(language);
  const withSeconds = dateFormat(dates, { timeStyle: 'medium' });
  const period = dateFormat(dates, { dateStyle: 'medium', timeStyle: 'short' });
  const relative = relativeFormat(language, { numeric: 'auto' });

  return {
    number: (value) => number.format(value),
    percent: (share) => percent.format(share),
    rate: (perSecond) => (perSecond < 10 ? slow : fast).format(perSecond),
    dateTime: (instant, timeZone) => inZone(dates, { dateStyle: 'medium', timeStyle: 'short' }, timeZone).format(new Date(instant)),
    time: (instant, timeZone) => inZone(dates, { timeStyle: 'short' }, timeZone).format(new Date(instant)),
    period: (from, to) => period.formatRange(new Date(from), new Date(to)),
    moment: (instant, timeZone) => formatMoment(dates, new Date(instant), timeZone),
    timeWithSeconds: (instant) => withSeconds.format(new Date(instant)),
    relative: (instant, now = serviceNow()) => {
      const [value, unit] = largestUnit(new Date(instant).getTime() - now);
      return relative.format(value, unit);
    },
    duration: (ms) => formatDuration(language, ms),
  };
}

/** Days before months, 24 hours: as the hours of mailings are written everywhere. */
export function datesLanguage(language: string): string {
  return language === 'en' ? 'en-GB' : language;
}

function inZone(language: string, options: Intl.DateTimeFormatOptions, timeZone: string | undefined): Intl.DateTimeFormat {
  return dateFormat(language, timeZone === undefined ? options : { ...options, timeZone });
}

function formatMoment(language: string, at: Date, timeZone: string | undefined): string {
  const day = inZone('en-GB', { day: 'numeric', month: 'numeric', year: 'numeric' }, timeZone);
  const [now, then] = [day.format(serviceNow()), day.format(at)];
  const time = { hour: '2-digit', minute: '2-digit' } as const;
  if (now === then) return inZone(language, time, timeZone).format(at);
  const isThisYear = now.slice(-4) === then.slice(-4);
  return inZone(language, { day: 'numeric', month: 'short', ...time, ...(!isThisYear && { year: 'numeric' }) }, timeZone).format(at);
}

const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

function largestUnit(ms: number): [number, 'day' | 'hour' | 'minute' | 'second'] {
  for (const [unit, length] of units) if (Math.abs(ms) >= length) return [Math.round(ms / length), unit];
  return [0, 'second'];
}

function formatDuration(language: string, ms: number): string {
  let rest = Math.max(0, Math.round(ms / 1_000) * 1_000);
  const parts: string[] = [];
  for (const [unit, length] of units) {
    const value = Math.floor(rest / length);
    rest -= value * length;
    if (value === 0 && !(unit === 'second' && parts.length === 0)) continue;
    parts.push(numberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(value));
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

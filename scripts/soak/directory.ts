// The clients of the soak: known by number, so that a request in the ledger says whom it is for and what time it is there.

/** Minutes east of UTC, all without clock changes: an oracle of local time that shares nothing with the service's. */
const zones = [
  { timeZone: 'Europe/Moscow', minutesEast: 180 },
  { timeZone: 'Asia/Yekaterinburg', minutesEast: 300 },
  { timeZone: 'GMT+3', minutesEast: 180 },
  { timeZone: 'UTC', minutesEast: 0 },
] as const;

const firstPhone = 79_000_000_000;

/** Tags with how many clients carry them. Opt-outs happen only among the clients of the last two. */
export const groups = [
  { tag: 'tiny', size: 5 },
  { tag: 'small', size: 60 },
  { tag: 'middle', size: 200 },
  { tag: 'large', size: 500 },
  { tag: 'moody', size: 40 },
  { tag: 'moody-many', size: 300 },
] as const;

export const isMoody = (tag: string): boolean => tag.startsWith('moody');

export interface SoakClient {
  readonly phone: string;
  readonly tag: string;
  readonly timeZone: string;
}

export const directory: readonly SoakClient[] = groups
  .flatMap(({ tag, size }) => Array.from({ length: size }, () => tag))
  .map((tag, number) => ({ phone: String(firstPhone + number), tag, timeZone: zoneOf(number).timeZone }));

/** The client's wall clock at an instant, in minutes since midnight. */
export function localMinutes(phone: string, at: number): number {
  const { minutesEast } = zoneOf(Number(phone) - firstPhone);
  return minutesOfDay(at, minutesEast);
}

export function minutesOfDay(at: number, minutesEast: number): number {
  const day = 24 * 60;
  return (((Math.floor(at / 60_000) + minutesEast) % day) + day) % day;
}

function zoneOf(number: number): (typeof zones)[number] {
  return zones[number % zones.length] ?? zones[0];
}

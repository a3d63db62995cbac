// The demo's clients: always the same numbers, so that running it again updates them instead of adding others.

/** A client as importClients takes it. */
export interface DemoClient {
  readonly phone: string;
  readonly tag: string;
  readonly timeZone: string;
}

/** No operator has the code 000: whatever provider is behind the service, no message can reach anybody. */
const firstPhone = 70_000_000_000;

/** As many as there are numbers under one operator code. */
export const mostDemoClients = 10_000_000;

/** importClients takes at most so many at a time. */
export const rowsPerImport = 1_000;

const timeZones = [
  'Europe/Kaliningrad',
  'Europe/Moscow',
  'Europe/Volgograd',
  'Europe/Samara',
  'Asia/Yekaterinburg',
  'Asia/Omsk',
  'Asia/Novosibirsk',
  'Asia/Barnaul',
  'Asia/Krasnoyarsk',
  'Asia/Irkutsk',
  'Asia/Chita',
  'Asia/Yakutsk',
  'Asia/Vladivostok',
  'Asia/Sakhalin',
  'Asia/Magadan',
  'Asia/Kamchatka',
  'Asia/Almaty',
  'Asia/Tashkent',
  '+03:00',
  'GMT+7',
] as const;

/** How many time zones so many clients are spread over. */
export function timeZonesOf(clients: number): number {
  return Math.min(clients, timeZones.length);
}

/** `count` clients with the tag, in lists that one import takes. */
export function* demoClients(count: number, tag: string): Generator<readonly DemoClient[], void> {
  for (let first = 0; first < count; first += rowsPerImport) {
    yield Array.from({ length: Math.min(rowsPerImport, count - first) }, (_, row) => toClient(first + row, tag));
  }
}

function toClient(index: number, tag: string): DemoClient {
  return { phone: String(firstPhone + index), tag, timeZone: timeZones[index % timeZones.length] ?? timeZones[0] };
}

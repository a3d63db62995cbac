// The one form in which a client's time zone is stored: a canonical IANA name or a fixed offset +HH:MM.

// Intl calls these 19 zones by names that the IANA database has retired. The current names are stored: they are what people look for,
// and Intl and Temporal take both.
const currentNames: ReadonlyMap<string, string> = new Map([
  ['Africa/Asmera', 'Africa/Asmara'],
  ['America/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
  ['America/Catamarca', 'America/Argentina/Catamarca'],
  ['America/Coral_Harbour', 'America/Atikokan'],
  ['America/Cordoba', 'America/Argentina/Cordoba'],
  ['America/Godthab', 'America/Nuuk'],
  ['America/Indianapolis', 'America/Indiana/Indianapolis'],
  ['America/Jujuy', 'America/Argentina/Jujuy'],
  ['America/Louisville', 'America/Kentucky/Louisville'],
  ['America/Mendoza', 'America/Argentina/Mendoza'],
  ['Asia/Calcutta', 'Asia/Kolkata'],
  ['Asia/Katmandu', 'Asia/Kathmandu'],
  ['Asia/Rangoon', 'Asia/Yangon'],
  ['Asia/Saigon', 'Asia/Ho_Chi_Minh'],
  ['Atlantic/Faeroe', 'Atlantic/Faroe'],
  ['Europe/Kiev', 'Europe/Kyiv'],
  ['Pacific/Enderbury', 'Pacific/Kanton'],
  ['Pacific/Ponape', 'Pacific/Pohnpei'],
  ['Pacific/Truk', 'Pacific/Chuuk'],
]);

// The longest name in the IANA database has 32 characters.
const lengthLimit = 64;

// Finding a name costs about 50 microseconds and an import asks a million times, so answers are remembered. More spellings than real
// data holds (some 600 names, a few spellings each); past it the memory starts anew, so that invented names cannot fill it.
const rememberedLimit = 4096;
const remembered = new Map<string, string | null>();

/**
 * The zone as it is stored, or null when the text names none. Never throws.
 *
 * - An IANA name in any case: the canonical, current name. Links are followed, so that one zone has one name
 *   ('us/pacific' is America/Los_Angeles, 'Asia/Calcutta' is Asia/Kolkata, 'Etc/Greenwich' is UTC).
 * - '+03:00' as it is, from -12:00 to +14:00, the offsets in use on Earth.
 * - 'GMT+3', 'utc+03:00', 'GMT+0530', 'UTC -5' in the everyday sense, plus is east of Greenwich: '+03:00'. 'UTC' and 'GMT' alone: 'UTC'.
 * - 'Etc/GMT+3' is an IANA name and keeps its IANA sense, three hours west.
 * - Bare abbreviations ('EST', 'CET', 'EST5EDT') name no zone: most are used for several, and as IANA names they are links to
 *   zones few people expect (EST is Panama).
 */
export function toTimeZone(text: string): string | null {
  const known = remembered.get(text);
  if (known !== undefined) return known;
  if (text.length > lengthLimit) return null;
  const timeZone = toOffset(text) ?? toName(text);
  if (remembered.size >= rememberedLimit) remembered.clear();
  // The key is a copy: a text cut out of a chunk of an uploaded file would keep the whole chunk in memory.
  remembered.set(Array.from(text).join(''), timeZone);
  return timeZone;
}

// The minus sign proper (U+2212) is what encyclopedias print in UTC−05:00.
const bareOffset = /^([+\-\u2212])(\d\d):([0-5]\d)$/;
const everydayOffset = /^(?:UTC|GMT) ?([+\-\u2212])(?:(\d{1,2})|(\d{1,2}):([0-5]\d)|(\d\d)([0-5]\d))$/i;

function toOffset(text: string): string | null {
  const match = bareOffset.exec(text) ?? everydayOffset.exec(text);
  if (match === null) return null;
  const [sign, hours, minutes = '00'] = match.slice(1).filter((group) => group !== undefined);
  const size = Number(hours) * 60 + Number(minutes);
  if (size === 0) return '+00:00';
  const west = sign !== '+';
  if (size > (west ? 12 : 14) * 60) return null;
  return `${west ? '-' : '+'}${String(hours).padStart(2, '0')}:${minutes}`;
}

const nameShape = /^[a-z][a-z0-9_+/-]*$/i;
const abbreviation = /^[a-z]{3}(?:\d[a-z]{3})?$/i;

function toName(text: string): string | null {
  if (/^(?:UTC|GMT)$/i.test(text)) return 'UTC';
  if (!nameShape.test(text) || abbreviation.test(text)) return null;
  try {
    // Both must know the name: Intl alone takes a few of its own invention ('SystemV/EST5').
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(text);
    const name = new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
    return currentNames.get(name) ?? name;
  } catch {
    return null;
  }
}

// How many text messages a phone network makes of one text: 3GPP TS 23.038 (GSM 03.38) says which alphabet, TS 23.040 how much fits.

export type SmsEncoding = 'GSM_7' | 'UCS_2';

export interface SmsParts {
  readonly encoding: SmsEncoding;
  /** Code points, as the limit of a mailing's text counts them. */
  readonly characters: number;
  /** What the text takes in the encoding: septets with GSM_7, 16-bit units with UCS_2. */
  readonly units: number;
  readonly segments: number;
  /** Units that the last segment still takes. */
  readonly unitsLeft: number;
  /** Each once, in the order of the text; empty with GSM_7. */
  readonly outsideGsm: readonly string[];
}

// TS 23.038, 6.2.1: the default alphabet, row by row. The escape at 1B is no character.
const basicCharacters = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
// TS 23.038, 6.2.1.1: the extension table. Each takes the escape and a second septet.
const extensionCharacters = new Set('\f^{}\\[~]|€');

/** Units of a text that fits into one message, and of each segment when it does not: the rest of 140 octets is the header (TS 23.040, 9.2.3.24). */
const capacities = {
  GSM_7: { single: 160, segment: 153 },
  UCS_2: { single: 70, segment: 67 },
} as const satisfies Record<SmsEncoding, { single: number; segment: number }>;

/** The text must be well formed; an empty one has one segment. */
export function toSmsParts(text: string): SmsParts {
  const characters = Array.from(text);
  const outsideGsm = [...new Set(characters.filter((character) => septetsOf(character) === null))];
  const encoding = outsideGsm.length === 0 ? 'GSM_7' : 'UCS_2';
  const sizes = characters.map((character) => (encoding === 'GSM_7' ? (septetsOf(character) ?? 0) : character.length));
  const units = sizes.reduce((sum, size) => sum + size, 0);
  const { single, segment } = capacities[encoding];
  const filled = units <= single ? { segments: 1, unitsLeft: single - units } : fillSegments(sizes, segment);
  return { encoding, characters: characters.length, units, ...filled, outsideGsm };
}

/** null: the alphabet lacks the character, and the whole text goes out in UCS-2. */
function septetsOf(character: string): 1 | 2 | null {
  if (basicCharacters.has(character)) return 1;
  return extensionCharacters.has(character) ? 2 : null;
}

/** Neither an escape and its character nor the halves of a surrogate pair are parted: what does not fit whole begins the next segment. */
function fillSegments(sizes: readonly number[], capacity: number): Pick<SmsParts, 'segments' | 'unitsLeft'> {
  let segments = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > capacity) {
      segments += 1;
      used = 0;
    }
    used += size;
  }
  return { segments, unitsLeft: capacity - used };
}

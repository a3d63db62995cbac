// A text as the phone networks will cut it, by the service's own rules, and what makes it longer than it has to be.
import { toSmsParts } from '../../../src/domain/sms-parts.ts';
import type { SmsParts } from '../../../src/domain/sms-parts.ts';

/** Half of a surrogate pair, as in the middle of an insertion, counts as the character that stands for it. */
export function countSms(text: string): SmsParts {
  return toSmsParts(text.toWellFormed());
}

export interface Blocker {
  readonly character: string;
  /** U+2014. */
  readonly codePoint: string;
  /** Of the texts at `sms.name`; null: the code point has to do. */
  readonly name: CharacterName | null;
  /** What says the same in the GSM alphabet; null: nothing does. */
  readonly replacement: string | null;
}

export interface Blockers {
  /** Letters of an alphabet that GSM 7-bit lacks: the language of the text needs UCS-2, and replacing the others would not help. */
  readonly letters: readonly string[];
  readonly others: readonly Blocker[];
}

/** What of a text is outside the GSM alphabet: `outsideGsm` of its parts. */
export function toBlockers(outsideGsm: readonly string[]): Blockers {
  const isForeign = (character: string): boolean => /^\p{L}$/u.test(character) && !/^\p{Script=Latin}$/u.test(character);
  return {
    letters: outsideGsm.filter(isForeign),
    others: outsideGsm.filter((character) => !isForeign(character)).map(toBlocker),
  };
}

export function replaceCharacters(text: string, blockers: readonly Blocker[]): string {
  return blockers.reduce(
    (sofar, { character, replacement }) => (replacement === null ? sofar : sofar.replaceAll(character, replacement)),
    text,
  );
}

const known = {
  '«': ['angleQuote', '"'],
  '»': ['angleQuote', '"'],
  '“': ['quote', '"'],
  '”': ['quote', '"'],
  '„': ['quote', '"'],
  '‟': ['quote', '"'],
  '‘': ['singleQuote', "'"],
  '’': ['apostrophe', "'"],
  '‚': ['singleQuote', "'"],
  '‹': ['singleQuote', "'"],
  '›': ['singleQuote', "'"],
  '`': ['backtick', "'"],
  '´': ['acute', "'"],
  '–': ['enDash', '-'],
  '—': ['emDash', '-'],
  '‐': ['hyphen', '-'],
  '‑': ['hyphen', '-'],
  '−': ['minus', '-'],
  '…': ['ellipsis', '...'],
  '•': ['bullet', '-'],
  '\u00A0': ['noBreakSpace', ' '],
  '\u202F': ['noBreakSpace', ' '],
  '\u2009': ['thinSpace', ' '],
  '\t': ['tab', ' '],
  '\u200B': ['zeroWidth', ''],
  // Between and after emoji: without them the emoji would be others.
  '\u200D': ['zeroWidth', null],
  '\uFE0F': ['zeroWidth', null],
  '\uFEFF': ['zeroWidth', ''],
  '\u00AD': ['softHyphen', ''],
} as const satisfies Record<string, readonly [string, string | null]>;

export type CharacterName = (typeof known)[keyof typeof known][0] | 'emoji';

function toBlocker(character: string): Blocker {
  const codePoint = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  const [name, replacement] = isKnown(character) ? known[character] : [isEmoji(character) ? ('emoji' as const) : null, null];
  return { character, codePoint, name, replacement };
}

function isKnown(character: string): character is keyof typeof known {
  return Object.hasOwn(known, character);
}

function isEmoji(character: string): boolean {
  return /^(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator})$/u.test(character);
}

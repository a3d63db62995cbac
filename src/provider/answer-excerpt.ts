// A piece of a stranger's text that may be stored, logged and shown: short, printable, without phones and tokens.

// Enough to recognise an error message; a whole outcome message has at most 300 characters.
const longestExcerpt = 160;

// The rest of an answer is not looked at: patterns over 64 KiB would cost more than the request.
const longestInput = 1000;

// Controls, halves of surrogate pairs, direction marks and every kind of space.
const unprintable = /[\p{C}\p{Z}]+/gu;
// Seven or more digits with at most three other signs between two of them: a phone in any notation.
const digitRun = /\p{Nd}(?:[^\p{L}\p{Nd}]{0,3}\p{Nd}){6,}/gu;
// Words of a length that only tokens, keys and hashes have.
const opaqueWord = /[\w.~+/=-]{32,}/g;

/** At most 160 characters of the text on one line; digit runs and opaque words are replaced by what they were. */
export function toExcerpt(text: string): string {
  const line = text.slice(0, longestInput).replace(unprintable, ' ').trim();
  const masked = line.replace(opaqueWord, '[word]').replace(digitRun, '[number]');
  return masked.length <= longestExcerpt ? masked : `${masked.slice(0, longestExcerpt - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

// Phones as operators write and read them.
import { toPhoneRange } from '../../../src/domain/phone-number.ts';

/** 79001234567 as +7 900 123-45-67; anything else as it is. */
export function formatPhone(phone: string): string {
  const [, code, first, second, third] = /^7(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(phone) ?? [];
  return third === undefined ? phone : `+7 ${code} ${first}-${second}-${third}`;
}

/**
 * What a search box holds, as the beginning of a phone: decorated in any way, with 7, with the 8 that is dialled inside the country, or
 * without either. null: no phone can begin like this.
 */
export function toPhonePrefix(text: string): string | null {
  const typed = text.trim();
  if (toPhoneRange(typed) !== null) return typed;
  if (typed.startsWith('+')) return null;
  const withoutTrunk = typed.replace(/^8/, '');
  const prefix = `7${withoutTrunk}`;
  return toPhoneRange(prefix) === null ? null : prefix;
}

/** The operator code of a phone that may still be half typed; null before its digits are there. */
export function typedOperatorCode(text: string): string | null {
  const range = toPhoneRange(text.trim());
  if (range === null) return null;
  const code = range.first.slice(1, 4);
  // The digits that were not typed are where the two ends of the range differ.
  return code === range.last.slice(1, 4) ? code : null;
}

// The one form in which a phone is stored and compared: 11 digits, the first is 7.

// Everything people put between digits: spaces of any width (a spreadsheet's no-break space among them), round and square brackets,
// the hyphen, and the dashes and the minus sign that word processors make of it. Tabs and line breaks are not spaces.
const decoration = /[\p{Zs}()[\]\-\u2010-\u2015\u2212]/gu;
const bare = /^7\d{10}$/;

/** The phone without spaces, brackets, dashes and one leading +; null when that does not leave 11 digits beginning with 7. */
export function toPhoneNumber(text: string): string | null {
  if (bare.test(text)) return text;
  const digits = toDigits(text);
  return bare.test(digits) ? digits : null;
}

export interface PhoneRange {
  readonly first: string;
  readonly last: string;
}

/** The phones that begin with these digits, decorated as `toPhoneNumber` allows; null when none can. */
export function toPhoneRange(prefix: string): PhoneRange | null {
  const digits = toDigits(prefix);
  return /^7\d{0,10}$/.test(digits) ? { first: digits.padEnd(11, '0'), last: digits.padEnd(11, '9') } : null;
}

function toDigits(text: string): string {
  const compact = text.replace(decoration, '');
  return compact.startsWith('+') ? compact.slice(1) : compact;
}

/** Digits 2 to 4 of a stored phone: the mobile operator that the number was first given to. */
export function operatorCodeOf(phone: string): string {
  return phone.slice(1, 4);
}

/** Exactly three digits 0 to 9. */
export function isOperatorCode(text: string): boolean {
  return /^\d{3}$/.test(text);
}

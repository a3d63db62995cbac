// The one form in which a phone is stored and compared: 11 digits, the first is 7.

// Everything people put between digits: spaces of any width (a spreadsheet's no-break space among them), round and square brackets,
// the hyphen, and the dashes and the minus sign that word processors make of it. Tabs and line breaks are not spaces.
const decoration = /[\p{Zs}()[\]\-\u2010-\u2015\u2212]/gu;
const bare = /^7\d{10}$/;

/** The phone without spaces, brackets, dashes and one leading +; null when that does not leave 11 digits beginning with 7. */
export function toPhoneNumber(text: string): string | null {
  if (bare.test(text)) return text;
  const compact = text.replace(decoration, '');
  const digits = compact.startsWith('+') ? compact.slice(1) : compact;
  return bare.test(digits) ? digits : null;
}

/** Digits 2 to 4 of a stored phone: the mobile operator that the number was first given to. */
export function operatorCodeOf(phone: string): string {
  return phone.slice(1, 4);
}

/** Exactly three digits 0 to 9. */
export function isOperatorCode(text: string): boolean {
  return /^\d{3}$/.test(text);
}

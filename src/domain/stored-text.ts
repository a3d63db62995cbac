// What PostgreSQL can keep in a text column: everything but NUL and halves of a surrogate pair.

/** The fault of a text that cannot be kept, in words that follow a field's name; null when there is none. */
export function storedTextFault(text: string): string | null {
  if (text.includes('\0')) return 'must not contain the NUL character';
  if (!text.isWellFormed()) return 'must not contain half of a surrogate pair';
  return null;
}

/** Whether the text has at most `limit` code points, which is what PostgreSQL's char_length counts. */
export function isWithinLength(text: string, limit: number): boolean {
  if (text.length <= limit) return true;
  // A code point takes one or two UTF-16 units, so a longer text need not be walked.
  if (text.length > 2 * limit) return false;
  let count = 0;
  for (const _ of text) count += 1;
  return count <= limit;
}

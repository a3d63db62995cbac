// Ids as the API gives them out: positive 64-bit integers in decimal.

const largest = 9_223_372_036_854_775_807n;

/** Whether anything can have this id. All other texts are unknown ids and never reach a statement. */
export function isIdentifier(text: string): boolean {
  return /^[1-9]\d{0,18}$/.test(text) && BigInt(text) <= largest;
}

// An idempotency key. Not crypto.randomUUID: browsers have that only on https and on the machine itself.
export function newKey(): string {
  const words = crypto.getRandomValues(new Uint32Array(4));
  return Array.from(words, (word) => word.toString(16).padStart(8, '0')).join('');
}

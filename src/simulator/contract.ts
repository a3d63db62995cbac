// What the provider's contract asks of one request, to the letter: the strict reader that clients are tested against.

/** A message is far below it; larger bodies are refused unread. */
export const largestBodyBytes = 64 * 1024;

export interface SendBody {
  /** 64-bit integer in decimal digits, as it stood in the body. */
  readonly id: string;
  /** 11 digits, the first is 7. */
  readonly phone: string;
  readonly text: string;
}

// A byte order mark is no JSON.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const sendPath = /^\/v1\/send\/(-?\d{1,19})$/;

/** The message id in the path, in decimal digits; null when the path is not /v1/send/{msgId} with a 64-bit integer. */
export function toMessageId(path: string): string | null {
  const id = sendPath.exec(path)?.[1];
  return id !== undefined && isInteger64(id) ? id : null;
}

/** The body, or every reason why it is not one that the contract allows under this message id. */
export function readSendBody(messageId: string, contentType: string | undefined, bytes: Buffer): SendBody | { readonly reasons: string[] } {
  if (bytes.length > largestBodyBytes) return { reasons: [`the body is larger than ${largestBodyBytes} bytes`] };
  const reasons: string[] = [];
  if (!/^application\/json\s*(;|$)/i.test(contentType ?? '')) reasons.push('content-type must be application/json');
  let body: unknown;
  let numbers = new Map<string, string>();
  try {
    ({ body, numbers } = parse(utf8.decode(bytes)));
  } catch {
    return { reasons: [...reasons, 'the body must be JSON in UTF-8'] };
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { reasons: [...reasons, 'the body must be a JSON object'] };

  const id = numbers.get('id') ?? '';
  const phone = numbers.get('phone') ?? '';
  const text = 'text' in body ? body.text : undefined;
  if (!/^-?\d{1,19}$/.test(id) || !isInteger64(id)) reasons.push('id must be a JSON number, a 64-bit integer');
  else if (id !== messageId) reasons.push('id must be the same as in the path');
  if (!/^7\d{10}$/.test(phone)) reasons.push('phone must be a JSON number of the form 7XXXXXXXXXX');
  if (typeof text !== 'string' || text === '') reasons.push('text must be a string of at least one character');
  return reasons.length > 0 || typeof text !== 'string' ? { reasons } : { id, phone, text };
}

// A JavaScript number cannot hold every 64-bit integer: the digits are taken from the source of the top-level numbers.
function parse(json: string): { body: unknown; numbers: Map<string, string> } {
  const found: { holder: unknown; key: string; source: string }[] = [];
  const body: unknown = JSON.parse(json, function (this: unknown, key, value: unknown, ...[context]: readonly unknown[]) {
    const source = typeof context === 'object' && context !== null && 'source' in context ? context.source : undefined;
    if (typeof value === 'number' && typeof source === 'string') found.push({ holder: this, key, source });
    return value;
  });
  return { body, numbers: new Map(found.filter(({ holder }) => holder === body).map(({ key, source }) => [key, source])) };
}

function isInteger64(digits: string): boolean {
  const value = BigInt(digits);
  return BigInt.asIntN(64, value) === value;
}

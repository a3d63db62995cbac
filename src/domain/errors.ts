// What the caller can put right is a value (UserError); what breaks our own promises is a CarillonError.

/** Stable words of the public API for input that the caller can correct. */
export const userErrorCodes = [
  'INVALID_PHONE',
  'INVALID_OPERATOR_CODE',
  'INVALID_TAG',
  'INVALID_TIME_ZONE',
  'PHONE_TAKEN',
  'INVALID_TEXT',
  'INVALID_PERIOD',
  'INVALID_SEND_WINDOW',
  'INVALID_RATE',
  'INVALID_FILTER',
  'NOT_FOUND',
  'STALE_VERSION',
  'MAILING_STARTED',
  'MAILING_FINISHED',
  'NOT_RUNNING',
  'NOT_PAUSED',
  'IDEMPOTENCY_KEY_REUSED',
] as const;

export type UserErrorCode = (typeof userErrorCodes)[number];

/** One thing the caller can put right: `field` is the path inside the arguments, e.g. ['input', 'phone']. */
export interface UserError {
  readonly code: UserErrorCode;
  readonly field: readonly string[];
  readonly message: string;
}

/** Either the value, or every fault found in the input at once. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly errors: readonly UserError[] };

export function succeed<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function reject(...errors: readonly UserError[]): { readonly ok: false; readonly errors: readonly UserError[] } {
  return { ok: false, errors };
}

/** A broken promise of our own, with a stable code for logs and GraphQL's extensions.code. */
export class CarillonError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CarillonError';
    this.code = code;
  }
}

// What the caller can put right, as data: the type of userErrors, and results of operations as payloads.
import { Field, ObjectType } from 'type-graphql';
import type { Result, UserError as DomainUserError, UserErrorCode } from '../domain/errors.ts';
import { reject } from '../domain/errors.ts';
import { defineEnum } from './enumeration.ts';

export const UserErrorCodeEnum = defineEnum<UserErrorCode>('UserErrorCode', 'What is wrong, as a stable word.', {
  INVALID_PHONE: 'Not 11 digits beginning with 7. Spaces, brackets, dashes and a leading + are allowed.',
  INVALID_OPERATOR_CODE: 'Not three digits.',
  INVALID_TAG: 'Longer than 100 characters, or with characters that cannot be stored.',
  INVALID_TIME_ZONE: 'Not an IANA name, not an offset +HH:MM, and not UTC or GMT with an offset.',
  PHONE_TAKEN: 'Another client has this phone.',
  INVALID_TEXT: 'Not 1 to 1,000 characters, or with characters that cannot be stored.',
  INVALID_PERIOD: 'The end is not after the start, or not in the future.',
  INVALID_SEND_WINDOW: 'Not HH:MM at both ends, or both ends are equal.',
  INVALID_RATE: 'Not a whole number from 1 to 1,000,000.',
  INVALID_FILTER: 'An operator code that is not three digits, a tag that no client can have, or too many entries.',
  NOT_FOUND: 'There is nothing with this id, or it was deleted.',
  STALE_VERSION: 'It has changed since the version that was expected; nothing was written.',
  MAILING_STARTED: 'The mailing has started: this can no longer change.',
  MAILING_FINISHED: 'The mailing is over: nothing about it can change.',
  NOT_RUNNING: 'Only a running mailing can be paused.',
  NOT_PAUSED: 'Only a paused mailing can be resumed.',
  IDEMPOTENCY_KEY_REUSED: 'The key was used before with another input, or is not 1 to 200 characters; nothing was written.',
});

@ObjectType({ description: 'One thing that the caller can put right.', simpleResolvers: true })
export class UserError {
  @Field(() => UserErrorCodeEnum, { description: 'What is wrong, as a stable word.' })
  code!: UserErrorCode;

  @Field(() => [String], { description: 'Path inside the arguments, e.g. [input, phone].' })
  field!: readonly string[];

  @Field(() => String, { description: 'What is wrong, in words.' })
  message!: string;
}

/** In every payload beside what the mutation gives. */
export const userErrorsDescription =
  'What the caller can put right; empty when the mutation was carried out. With any, nothing was written.';

/** The value of a result or null, and its errors: the two halves of a payload. */
export function toPayload<T>(result: Result<T>): { readonly value: T | null; readonly userErrors: readonly DomainUserError[] } {
  return result.ok ? { value: result.value, userErrors: [] } : { value: null, userErrors: result.errors };
}

/** The answer to an id that nothing can have; `argument` names it. */
export function refuseUnknownId(argument: string, noun: string): Result<never> {
  return reject({ code: 'NOT_FOUND', field: [argument], message: `there is no ${noun} with this id` });
}

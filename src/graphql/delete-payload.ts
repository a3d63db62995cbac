// The answer of every deletion.
import { Field, ID, ObjectType } from 'type-graphql';
import type { UserError as DomainUserError } from '../domain/errors.ts';
import { UserError, userErrorsDescription } from './user-error.ts';

@ObjectType({ description: 'The answer of a deletion.', simpleResolvers: true })
export class DeletePayload {
  @Field(() => ID, { nullable: true, description: 'What was deleted; null with userErrors.' })
  deletedId!: string | null;

  @Field(() => [UserError], { description: userErrorsDescription })
  userErrors!: readonly DomainUserError[];
}

// The caller in the API.
import { Field, ObjectType } from 'type-graphql';
import type { Role } from '../domain/principal.ts';
import { defineEnum } from './enumeration.ts';
import { DateTimeScalar } from './scalars.ts';

const CallerRoleEnum = defineEnum<Uppercase<Role>>('CallerRole', 'What a caller may do; each may do what those before it may.', {
  VIEWER: 'Read and subscribe.',
  OPERATOR: 'Also change clients and mailings.',
  ADMIN: 'Everything.',
});

@ObjectType({ description: 'Who is asking, as the service has recognised it.', simpleResolvers: true })
export class Caller {
  @Field(() => String, {
    nullable: true,
    description: "The claim sub of the caller's token; null when the service runs without authentication.",
  })
  subject!: string | null;

  @Field(() => CallerRoleEnum, { description: 'Its role; ADMIN when the service runs without authentication.' })
  role!: Uppercase<Role>;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'From this instant on the token no longer counts; null when the service runs without authentication.',
  })
  expiresAt!: number | null;
}

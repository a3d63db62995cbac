// Who is asking: for a front end that offers only what its caller may do. What a caller may do is decided elsewhere (access.ts).
import { Ctx, Query, Resolver } from 'type-graphql';
import { actorOf } from '../domain/principal.ts';
import type { Role } from '../domain/principal.ts';
import { Caller } from './caller-types.ts';
import type { GraphqlContext } from './context.ts';

const roleNames = { viewer: 'VIEWER', operator: 'OPERATOR', admin: 'ADMIN' } as const satisfies Record<Role, Uppercase<Role>>;

@Resolver()
export class CallerResolver {
  @Query(() => Caller, { description: 'Who is asking, and with which role.' })
  me(@Ctx() { principal }: GraphqlContext): Caller {
    return { subject: actorOf(principal), role: roleNames[principal.role], expiresAt: principal.expiresAt };
  }
}

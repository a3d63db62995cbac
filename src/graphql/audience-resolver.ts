// The dry run: the clients counted by time zone, and the expansion's own arithmetic on them.
import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import { countAudience } from '../database/audience-queries.ts';
import { readNow } from '../database/single-rows.ts';
import { checkAudience, toAudience } from '../domain/audience.ts';
import { Audience, AudienceInput } from './audience-types.ts';
import type { GraphqlContext } from './context.ts';
import { badInput } from './errors.ts';

@Resolver()
export class AudienceResolver {
  @Query(() => Audience, {
    // Counts the clients of the filter, at worst all: a million take as long as thousands of objects.
    complexity: 1_000,
    description:
      'A dry run: whom a mailing with this filter and period would reach, by time zone, and in how many parts. The numbers are those that creating it now would give; clients that come, go or change before its start are not foreseen.',
  })
  async audience(
    @Ctx() { reads: { database } }: GraphqlContext,
    @Arg('input', () => AudienceInput, { description: 'The mailing to be tried.' }) input: AudienceInput,
  ): Promise<Audience> {
    const now = await readNow(database);
    const request = checkAudience(input, now, ['input']);
    if (!request.ok) throw badInput('input', request.errors);
    return toAudience(await countAudience(database, request.value.filter), request.value, now);
  }
}

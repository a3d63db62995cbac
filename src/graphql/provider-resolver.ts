// The state of the provider gate, for whoever wants to know why nothing is being sent.
import { Ctx, Query, Resolver } from 'type-graphql';
import { readProvider } from '../database/gate-queries.ts';
import type { GraphqlContext } from './context.ts';
import { Provider } from './provider-types.ts';

@Resolver()
export class ProviderResolver {
  @Query(() => Provider, { description: 'Is the provider accepting, and if not why and until when: one state for all workers.' })
  async provider(@Ctx() { reads }: GraphqlContext): Promise<Provider> {
    return { ...(await readProvider(reads.database)), ratePerSecond: reads.providerRate };
  }
}

// The provider in the API.
import { Field, Int, ObjectType } from 'type-graphql';
import type { ProviderState } from '../database/gate-queries.ts';
import { defineEnum } from './enumeration.ts';
import { DateTimeScalar } from './scalars.ts';

const ProviderStatusEnum = defineEnum<ProviderState['status']>('ProviderStatus', 'Whether messages go out.', {
  AVAILABLE: 'Sending.',
  UNAVAILABLE: 'Nothing is sent: outage, throttling or a refused token. No attempt is charged to any message.',
  PROBING: 'One request at a time tests the provider.',
});

@ObjectType({ description: 'The provider that messages are sent through: one state for all workers.', simpleResolvers: true })
export class Provider implements ProviderState {
  @Field(() => ProviderStatusEnum, { description: 'Whether messages go out.' })
  status!: ProviderState['status'];

  @Field(() => String, { nullable: true, description: 'Why it is not AVAILABLE, in words.' })
  reason!: string | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'Nothing is sent before this instant. Only while UNAVAILABLE.' })
  until!: number | null;

  @Field(() => Int, { nullable: true, description: 'Cap over all workers together, requests per second; null: none.' })
  ratePerSecond!: number | null;
}

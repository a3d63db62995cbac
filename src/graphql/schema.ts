// The served schema, built from the decorated classes. schema.graphql at the project's root is its print.
import 'reflect-metadata';
import { printSchema } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { AudienceResolver } from './audience-resolver.ts';
import { CallerResolver } from './caller-resolver.ts';
import { ClientResolver } from './client-resolver.ts';
import { MailingDeliveryResolver, MessageDeliveryResolver } from './delivery-resolver.ts';
import { LiveResolver } from './live-resolver.ts';
import { MailingResolver } from './mailing-resolver.ts';
import { MessageResolver } from './message-resolver.ts';
import { ProgressResolver } from './progress-resolver.ts';
import { ProviderResolver } from './provider-resolver.ts';
import { SampleResolver } from './sample-resolver.ts';
import { StatisticsResolver } from './statistics-resolver.ts';

const rootDescriptions = {
  Query: 'Reads. Nothing here changes anything.',
  Mutation: 'Changes. What a mutation has answered is durable; mutations of one document run one after another.',
  Subscription: 'Live states over graphql-transport-ws, on the same path as queries.',
};

/** Builds the schema anew. Throws when the classes contradict each other. */
export function makeSchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [
      AudienceResolver,
      CallerResolver,
      ClientResolver,
      MailingResolver,
      MessageResolver,
      MailingDeliveryResolver,
      MessageDeliveryResolver,
      ProgressResolver,
      ProviderResolver,
      SampleResolver,
      LiveResolver,
      StatisticsResolver,
    ],
    // domain/ validates; a validating or global middleware costs half of the throughput.
    validate: false,
    // Every subscription has its own source. The library asks for a pubSub nevertheless.
    pubSub: { publish: refusePubSub, subscribe: refusePubSub },
  });
  schema.description = 'Carillon sends a text to every matching client, each at a permitted local hour, and shows live how far it is.';
  // The library has no place for the descriptions of the root types.
  for (const [name, description] of Object.entries(rootDescriptions)) {
    const type = schema.getType(name);
    if (type !== undefined) type.description = description;
  }
  return schema;
}

/** The text of schema.graphql. */
export function printSchemaFile(schema: GraphQLSchema): string {
  return `# Generated from the code by \`npm run schema\`: do not edit.\n\n${printSchema(schema)}\n`;
}

function refusePubSub(): never {
  throw new Error('subscriptions read from live/, not from a pubSub');
}

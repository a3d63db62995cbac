// Mercurius with its own subscriptions and its in-memory publisher, compiled by graphql-jit.
import Fastify from 'fastify';
import mercurius from 'mercurius';
import { emitOnQuestion, mailings, typeDefs } from './fan-out-events.mjs';
import { say } from './lines.mjs';

const events = emitOnQuestion();
const app = Fastify();
app.register(mercurius, {
  schema: typeDefs,
  jit: 1,
  subscription: { fullWsTransport: true, queueHighWaterMark: 1024 },
  resolvers: {
    Subscription: {
      mailingStatistics: { subscribe: async (_, { mailingId }, { pubsub }) => pubsub.subscribe(`mailing ${mailingId}`) },
    },
  },
});
await app.ready();
for (let id = 1; id <= mailings; id += 1) {
  events.on(String(id), (state) => app.graphql.pubsub.publish({ topic: `mailing ${id}`, payload: { mailingStatistics: state } }));
}
await app.listen({ port: 0, host: '127.0.0.1' });
say({ port: app.server.address().port });

// PostGraphile 5 with a subscription field as its documentation makes one: a topic that a plan listens to. From memory, as the others; no
// row is read for an event.
import { on } from 'node:events';
import { createServer } from 'node:http';
import { postgraphile } from 'postgraphile';
import { context, lambda, listen } from 'postgraphile/grafast';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';
import { extendSchema } from 'postgraphile/utils';
import { parse } from 'postgraphile/graphql';
import { emitOnQuestion, typeDefs } from './fan-out-events.mjs';
import { say } from './lines.mjs';

const events = emitOnQuestion();
const subscriber = {
  async *subscribe(topic) {
    for await (const [state] of on(events, topic)) yield state;
  },
  release: () => {},
};

const service = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [
    extendSchema({
      // What a schema of PostGraphile has already is extended.
      typeDefs: parse(typeDefs.replace(/type (Query|Subscription)/g, 'extend type $1')),
      objects: {
        Query: { plans: { ok: () => lambda(null, () => true) } },
        Subscription: {
          plans: {
            mailingStatistics: {
              subscribePlan: (_, { $mailingId }) => listen(context().get('events'), $mailingId, ($state) => $state),
              plan: ($state) => $state,
            },
          },
        },
      },
    }),
  ],
  pgServices: [],
  grafserv: { graphqlPath: '/graphql', graphiql: false, websockets: true },
  grafast: { explain: false, context: () => ({ events: subscriber }) },
});
const server = createServer();
await service.createServ(grafserv).addTo(server);
server.listen(0, '127.0.0.1', () => say({ port: server.address().port }));

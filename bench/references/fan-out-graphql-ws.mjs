// graphql-ws as its documentation has it: each subscriber executes for itself.
import { on } from 'node:events';
import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { emitOnQuestion, typeDefs } from './fan-out-events.mjs';
import { say } from './lines.mjs';

const events = emitOnQuestion();
const schema = buildSchema(typeDefs);
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/graphql', perMessageDeflate: false });
async function* statesOf(mailingId) {
  for await (const [state] of on(events, mailingId)) yield { mailingStatistics: state };
}
useServer({ schema, roots: { subscription: { mailingStatistics: ({ mailingId }) => statesOf(mailingId) } } }, server);
server.on('listening', () => say({ port: server.address().port }));

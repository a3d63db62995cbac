// The least a delivery can cost: ws.send of a text that is there already, to every socket that subscribed.
import { WebSocketServer } from 'ws';
import { emitOnQuestion, mailings } from './fan-out-events.mjs';
import { say } from './lines.mjs';

const events = emitOnQuestion();
const groups = new Map();
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false, handleProtocols: () => 'graphql-transport-ws' });
server.on('connection', (socket) => {
  socket.on('message', (text) => {
    const message = JSON.parse(text);
    if (message.type === 'connection_init') return socket.send('{"type":"connection_ack"}');
    const { mailingId } = message.payload.variables;
    const group = groups.get(mailingId) ?? new Set();
    groups.set(mailingId, group.add(socket));
    socket.on('close', () => group.delete(socket));
    return undefined;
  });
});
for (let id = 1; id <= mailings; id += 1) {
  events.on(String(id), (state) => {
    const text = `{"id":"1","type":"next","payload":${JSON.stringify({ data: { mailingStatistics: state } })}}`;
    for (const socket of groups.get(String(id)) ?? []) socket.send(text);
  });
}
server.on('listening', () => say({ port: server.address().port }));

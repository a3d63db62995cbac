// The fastest provider there can be, as a process of its own: accepts everything unread, so that a benchmark measures the sender.
// `node bench/provider-stub.ts [delayMs]` prints {"port":…}; a GET to any path answers {"requests":…}; SIGTERM ends it.
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

const delayMs = Number(process.argv[2] ?? 0);
const acceptance = toAnswer('{"code":0,"message":"OK"}');
let requests = 0;

const server = createServer({ noDelay: true }, (socket) => {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (let length = requestLength(rest); length > 0 && length <= rest.length; length = requestLength(rest)) {
      answer(socket, rest);
      rest = rest.subarray(length);
    }
  });
});

function answer(socket: Socket, request: Buffer): void {
  if (request.toString('latin1', 0, 4) === 'GET ') {
    socket.write(toAnswer(JSON.stringify({ requests })));
    return;
  }
  requests += 1;
  if (delayMs > 0) setTimeout(() => socket.write(acceptance), delayMs);
  else socket.write(acceptance);
}

/** Bytes of the first request in the buffer, head and body; 0 while its head is not whole. */
function requestLength(buffer: Buffer): number {
  const headEnd = buffer.indexOf('\r\n\r\n');
  if (headEnd === -1) return 0;
  const declared = buffer.indexOf('content-length: ');
  if (declared === -1 || declared > headEnd) return headEnd + 4;
  return headEnd + 4 + Number.parseInt(buffer.toString('latin1', declared + 16, declared + 24), 10);
}

function toAnswer(body: string): Buffer {
  return Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
}

server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })));
process.once('SIGTERM', () => process.exit(0));

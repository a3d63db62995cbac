// A process full of subscribers: `node bench/subscribers.ts URL SOCKETS MAILINGS FIRST`. Each socket watches the statistics of one of the
// mailings from FIRST on, or with `totals` in the place of MAILINGS the totals;
// {"count":true} answers how many results came since the last question, and how late they were when they tell when they were made.
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';

const [url = '', sockets = '1000', mailings = '10', first = '1'] = process.argv.slice(2);
const ofTotals = 'subscription { statistics { messages { total pending sent failed expired cancelled unconfirmed } } }';
const ofMailing =
  'subscription ($mailingId: ID!) { mailingStatistics(mailingId: $mailingId) { mailingId mailingStatus total pending sent failed expired cancelled unconfirmed version updatedAt } }';

let results = 0;
let newest = new Map<number, string>();
let latencies: number[] = [];

async function subscribe(index: number): Promise<void> {
  const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false });
  const mailingId = String(Number(first) + (index % Number(mailings)));
  const ready = Promise.withResolvers<void>();
  socket.on('open', () => socket.send('{"type":"connection_init"}'));
  socket.on('error', ready.reject);
  socket.on('message', (data: Buffer) => {
    const text = data.toString('latin1');
    if (text.includes('"connection_ack"')) {
      socket.send(
        JSON.stringify({
          id: '1',
          type: 'subscribe',
          payload: mailings === 'totals' ? { query: ofTotals } : { query: ofMailing, variables: { mailingId } },
        }),
      );
      ready.resolve();
      return;
    }
    if (text === '{"type":"ping"}') return socket.send('{"type":"pong"}');
    if (!text.includes('"next"')) throw new Error(text);
    results += 1;
    newest.set(index, text);
    const at = /"updatedAt":"([^"]+)"/.exec(text)?.[1];
    if (at !== undefined) latencies.push(Date.now() - Date.parse(at));
  });
  await ready.promise;
}

for (let index = 0; index < Number(sockets); index += 50) {
  await Promise.all(Array.from({ length: Math.min(50, Number(sockets) - index) }, (_, offset) => subscribe(index + offset)));
}
console.log(JSON.stringify({ ready: Number(sockets) }));

createInterface({ input: process.stdin }).on('line', () => {
  const sorted = latencies.toSorted((a, b) => a - b);
  const quantile = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  const versions = [...newest.values()].map((text) => Number(/"version":(\d+)/.exec(text)?.[1]));
  console.log(
    JSON.stringify({
      answer: {
        results,
        p50: quantile(0.5),
        p99: quantile(0.99),
        longest: quantile(1),
        leastVersion: Math.min(...versions),
        readers: newest.size,
      },
    }),
  );
  results = 0;
  latencies = [];
  newest = new Map();
});
process.stdin.on('end', () => process.exit(0));

// BullMQ: one job per message, added in bulk, removed when done.
import { Queue, Worker } from 'bullmq';
import { connections, sendMessage, serve } from './queue-task.mjs';

const counter = { sent: 0 };
const connection = { host: '127.0.0.1', port: Number(process.env.REDIS_PORT), maxRetriesPerRequest: null };
const queue = new Queue('send', { connection });
const worker = new Worker(
  'send',
  async ({ data }) => {
    await sendMessage(data.id);
    counter.sent += 1;
  },
  { connection, concurrency: 2 * connections, removeOnComplete: { count: 0 }, removeOnFail: { count: 100 } },
);
worker.on('error', (error) => console.error(error));
await worker.waitUntilReady();
await serve(async (messages) => {
  for (let from = 1; from <= messages; from += 1000) {
    await queue.addBulk(
      Array.from({ length: Math.min(1000, messages - from + 1) }, (_, index) => ({ name: 'send', data: { id: from + index } })),
    );
  }
}, counter);

// pg-boss: one job per message, fetched and completed in batches, continuously while there is a backlog.
import { PgBoss } from 'pg-boss';
import { connections, sendMessage, serve } from './queue-task.mjs';

const counter = { sent: 0 };
const boss = new PgBoss({ connectionString: process.env.DATABASE_URL, max: 10, schedule: false, supervise: false });
boss.on('error', (error) => console.error(error));
await boss.start();
await boss.createQueue('send');
await boss.work('send', { batchSize: 500, pollingIntervalSeconds: 0.5, burstWhenBatchFull: true }, async (jobs) => {
  let next = 0;
  const sender = async () => {
    while (next < jobs.length) {
      next += 1;
      await sendMessage(jobs[next - 1].data.id);
    }
  };
  await Promise.all(Array.from({ length: connections }, sender));
  counter.sent += jobs.length;
});
await serve(async (messages) => {
  for (let from = 1; from <= messages; from += 1000) {
    const jobs = Array.from({ length: Math.min(1000, messages - from + 1) }, (_, index) => ({ data: { id: from + index } }));
    await boss.insert('send', jobs);
  }
}, counter);

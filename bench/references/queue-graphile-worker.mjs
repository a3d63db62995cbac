// graphile-worker: one job per message, with the settings that its documentation names for throughput: a local queue, and completions in batches.
import { makeWorkerUtils, run } from 'graphile-worker';
import { Logger } from '@graphile/logger';
import { connections, database, sendMessage, serve } from './queue-task.mjs';

const counter = { sent: 0 };
const logger = new Logger(() => () => undefined);
const utils = await makeWorkerUtils({ pgPool: database, logger });
await utils.migrate();
await run({
  pgPool: database,
  logger,
  noHandleSignals: true,
  preset: { worker: { concurrentJobs: connections, localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
  taskList: {
    send: async ({ id }) => {
      await sendMessage(id);
      counter.sent += 1;
    },
  },
});
await serve(async (messages) => {
  for (let from = 1; from <= messages; from += 1000) {
    const jobs = Array.from({ length: Math.min(1000, messages - from + 1) }, (_, index) => ({
      identifier: 'send',
      payload: { id: from + index },
    }));
    await utils.addJobs(jobs);
  }
}, counter);

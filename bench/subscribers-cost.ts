// subscribers: messages per second while 1,000 subscribers watch beside nobody watching. The subscribers' own process runs in both.
import { startWorker } from '../src/worker-role.ts';
import { startServiceProcess } from './processes.ts';
import { sendMailing, startStub, workerConfig } from './sending.ts';
import { addClients, setStage } from './stage.ts';
import { median } from './table.ts';
import type { BenchRow } from './table.ts';
import { watchTotals } from './watchers.ts';

const messages = Number(process.env['BENCH_MESSAGES'] ?? 200_000);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);
const subscribers = 1_000;

export async function benchSubscribers(): Promise<BenchRow[]> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await setStage());
  const stub = stack.use(await startStub());
  console.log(`subscribers: ${messages} messages with ${subscribers} subscribers and without, ${rounds} rounds`);
  await addClients(stage.database, 0, messages, 'send');
  stack.use(await startWorker(workerConfig(), stage.databaseUrl, stub.url, stage.log));
  const api = stack.use(await startServiceProcess({ ROLE: 'api', DATABASE_URL: stage.databaseUrl, CALLER_REQUESTS_PER_SECOND: '0' }));
  await sendMailing(stage, messages, 'send');
  const [watched, alone]: [number[], number[]] = [[], []];
  for (let round = 1; round <= rounds; round += 1) {
    const without = await sendMailing(stage, messages, 'send');
    await using crowd = await watchTotals(api, subscribers);
    const withThem = await sendMailing(stage, messages, 'send');
    const { results } = (await crowd.ask({ count: true }))['answer'] as { results: number };
    if (results < subscribers) throw new Error(`only ${results} results reached the subscribers`);
    alone.push(without.perSecond);
    watched.push(withThem.perSecond);
    console.log(
      `  round ${round}: alone ${without.perSecond.toFixed(0)}/s, watched ${withThem.perSecond.toFixed(0)}/s, ${results} results`,
    );
  }
  return [
    {
      name: `subscribers cost senders (${subscribers})`,
      ours: `${median(watched).toFixed(0)}/s`,
      reference: `nobody watching ${median(alone).toFixed(0)}/s`,
      ratio: median(watched) / median(alone),
      aim: '>= 0.95',
    },
  ];
}

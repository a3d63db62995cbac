// subscribers: messages per second while 1,000 subscribers watch beside nobody watching; and, as the least that it can cost on this machine,
// while a bare ws.send from memory gives 1,000 sockets about as many results of about their size: each a state of one of ten mailings ten
// times a second, where ours gives all of them the totals as often.
import { startWorker } from '../src/worker-role.ts';
import { everyMs, mailings, startSubscribers } from './fan-out.ts';
import { reference, startProgram, startServiceProcess } from './processes.ts';
import type { Program } from './processes.ts';
import { sendMailing, startStub, workerConfig } from './sending.ts';
import type { Sent } from './sending.ts';
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
  const bare = stack.use(await startProgram(reference('fan-out-raw')));
  const bareUrl = `ws://127.0.0.1:${String(bare.said['port'])}/graphql`;
  const [watched, alone, besideBare]: [number[], number[], number[]] = [[], [], []];
  for (let round = 1; round <= rounds; round += 1) {
    const without = await sendMailing(stage, messages, 'send');
    const ours = await besides(await watchTotals(api, subscribers), async () => sendMailing(stage, messages, 'send'));
    // For as long as ours took.
    const ticks = Math.ceil((messages / ours.perSecond) * (1_000 / everyMs));
    const theirs = await besides(await startSubscribers(bareUrl, subscribers, mailings, 1), async () => {
      const [sent] = await Promise.all([sendMailing(stage, messages, 'send'), bare.ask({ run: { ticks, everyMs } })]);
      return sent;
    });
    alone.push(without.perSecond);
    watched.push(ours.perSecond);
    besideBare.push(theirs.perSecond);
    console.log(
      `  round ${round}: alone ${without.perSecond.toFixed(0)}/s, watched ${ours.perSecond.toFixed(0)}/s (${ours.results} results), beside bare ws.send ${theirs.perSecond.toFixed(0)}/s (${theirs.results} results)`,
    );
  }
  const nobody = `nobody watching ${median(alone).toFixed(0)}/s`;
  return [
    {
      name: `subscribers cost senders (${subscribers})`,
      ours: `${median(watched).toFixed(0)}/s`,
      reference: nobody,
      ratio: median(watched) / median(alone),
      aim: '>= 0.95',
    },
    {
      name: `about as many results by a bare ws.send (${subscribers})`,
      ours: `${median(besideBare).toFixed(0)}/s`,
      reference: nobody,
      ratio: median(besideBare) / median(alone),
      aim: 'the bound here',
    },
  ];
}

/** Sends while the crowd reads, and sees to it that everybody was given something. */
async function besides(crowd: Program, send: () => Promise<Sent>): Promise<{ perSecond: number; results: number }> {
  await using _ = crowd;
  const { perSecond } = await send();
  const { results } = (await crowd.ask({ count: true }))['answer'] as { results: number };
  if (results < subscribers) throw new Error(`only ${results} results reached the subscribers`);
  return { perSecond, results };
}

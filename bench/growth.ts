// growth: what a message costs, and what the sender takes of memory, in a mailing of 1,000,000 beside mailings of 10,000: neither grows.
import { startWorker } from '../src/worker-role.ts';
import { perMessage, sendMailing, startStub, workerConfig } from './sending.ts';
import type { Sent } from './sending.ts';
import { addClients, setStage } from './stage.ts';
import { median } from './table.ts';
import type { BenchRow } from './table.ts';

const many = Number(process.env['BENCH_MESSAGES'] ?? 1_000_000);
const few = 10_000;
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);

export async function benchGrowth(): Promise<BenchRow[]> {
  await using stack = new AsyncDisposableStack();
  const stage = stack.use(await setStage());
  const stub = stack.use(await startStub());
  console.log(`growth: mailings of ${few} and of ${many}, ${rounds} rounds`);
  await addClients(stage.database, 0, few, 'few');
  await addClients(stage.database, few, many, 'many');
  stack.use(await startWorker(workerConfig(), stage.databaseUrl, stub.url, stage.log));
  // Compilers and caches first.
  for (let warmUp = 0; warmUp < 10; warmUp += 1) await sendMailing(stage, few, 'few');

  const small: Sent[] = [];
  const large: Sent[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    // Ten small ones make one figure: the clocks of the kernel count in hundredths of a second.
    for (let part = 0; part < 10; part += 1) small.push(await sendMailing(stage, few, 'few'));
    large.push(await sendMailing(stage, many, 'many'));
    const last = large.at(-1);
    console.log(`  round ${round}: ${last?.perSecond.toFixed(0)}/s, peak ${last?.peakMiB.toFixed(0)} MiB`);
  }
  const cpuOf = (runs: readonly Sent[], messages: number): number =>
    (runs.reduce((sum, run) => sum + run.cpuSeconds + run.databaseCpuSeconds, 0) / runs.length / messages) * 1e6;
  const [smallCpu, largeCpu] = [cpuOf(small, few), cpuOf(large, many)];
  const [smallPeak, largePeak] = [median(small.map((run) => run.peakMiB)), Math.max(...large.map((run) => run.peakMiB))];
  return [
    {
      name: `growth, CPU per message (sender and PostgreSQL)`,
      ours: `${perMessage(largeCpu / 1e6, 1)} at ${many}`,
      reference: `${perMessage(smallCpu / 1e6, 1)} at ${few}`,
      ratio: largeCpu / smallCpu,
      aim: '<= 1.15',
    },
    {
      name: 'growth, memory of the sender',
      ours: `peak ${largePeak.toFixed(0)} MiB at ${many}`,
      reference: `${smallPeak.toFixed(0)} MiB at ${few}, and 64 MiB`,
      ratio: largePeak / (smallPeak + 64),
      aim: '<= 1.00',
    },
  ];
}

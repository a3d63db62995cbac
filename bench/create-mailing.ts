// create-mailing: how long createMailing takes to answer for many matching clients beside the same for ten, alternating.
import { makeCreateMailing } from '../src/operations/create-mailing.ts';
import { addClients, setStage } from './stage.ts';
import { median } from './table.ts';
import type { BenchRow } from './table.ts';

const many = Number(process.env['BENCH_CLIENTS'] ?? 1_000_000);
const rounds = 200;

export async function benchCreateMailing(): Promise<BenchRow[]> {
  await using stage = await setStage();
  console.log(`create-mailing: ${many} matching clients and 10, ${rounds} rounds`);
  await addClients(stage.database, 0, many, 'many');
  await addClients(stage.database, many, 10, 'few');
  const createMailing = makeCreateMailing(stage);
  const time = async (tag: string): Promise<number> => {
    const startedAt = performance.now();
    const now = Date.now();
    const created = await createMailing(
      { text: 'Hello', filter: { operatorCodes: [], tags: [tag] }, startsAt: now, endsAt: now + 3_600_000 },
      null,
    );
    if (!created.ok) throw new Error(JSON.stringify(created.errors));
    return performance.now() - startedAt;
  };
  const [forMany, forFew]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    forMany.push(await time('many'));
    forFew.push(await time('few'));
  }
  const [ours, reference] = [median(forMany), median(forFew)];
  return [
    {
      name: `create-mailing (${many} clients)`,
      ours: `${ours.toFixed(2)} ms`,
      reference: `10 clients ${reference.toFixed(2)} ms`,
      ratio: ours / reference,
      aim: '<= 1.20',
    },
  ];
}

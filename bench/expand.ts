// expand: the recipients of a mailing become message rows (chunks, batches, counters, cursor, each chunk its own commit) beside one bare
// INSERT ... SELECT of the same rows into an equal table with the same indexes.
import { makeExpandMailing } from '../src/operations/expand-mailing.ts';
import { beginMailing } from './sending.ts';
import { addClients, setStage } from './stage.ts';
import type { Stage } from './stage.ts';
import { median } from './table.ts';
import type { BenchRow } from './table.ts';

const recipients = Number(process.env['BENCH_CLIENTS'] ?? 1_000_000);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 5);

export async function benchExpand(): Promise<BenchRow[]> {
  await using stage = await setStage();
  console.log(`expand: ${recipients} recipients, ${rounds} rounds`);
  await addClients(stage.database, 0, recipients, 'expand');
  await stage.database.rows('create table message_copy (like message including all)');
  const [ours, bare]: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round += 1) {
    const bareSeconds = await timeBareInsert(stage);
    const ourSeconds = await timeExpansion(stage);
    if (round === 0) continue;
    bare.push(bareSeconds);
    ours.push(ourSeconds);
    console.log(`  round ${round}: bare insert ${bareSeconds.toFixed(1)} s, ours ${ourSeconds.toFixed(1)} s`);
  }
  return [
    {
      name: `expand (${recipients} recipients)`,
      ours: `${median(ours).toFixed(1)} s`,
      reference: `bare INSERT ... SELECT ${median(bare).toFixed(1)} s`,
      ratio: median(ours) / median(bare),
      aim: '<= 1.50',
    },
  ];
}

async function timeBareInsert({ database }: Stage): Promise<number> {
  await database.rows('truncate message_copy');
  await database.rows('checkpoint');
  const startedAt = performance.now();
  await database.rows(
    `insert into message_copy (mailing_id, client_id, phone, batch_id) select 1, c.id, c.phone, 1 + c.id / 500 from client c order by c.id`,
  );
  return (performance.now() - startedAt) / 1_000;
}

async function timeExpansion(stage: Stage): Promise<number> {
  const { database, changes, log } = stage;
  await database.rows('truncate message, batch');
  const id = await beginMailing(stage, null);
  await database.rows('checkpoint');
  const expandMailing = makeExpandMailing({ database, changes, log });
  const startedAt = performance.now();
  for (;;) {
    await expandMailing(id);
    const [state] = await database.rows<{ total: number; expanded: boolean }>(
      `select s.total::float8 as total, m.expanded_at is not null as expanded
       from mailing m join mailing_statistics s on s.mailing_id = m.id where m.id = $1::bigint`,
      [id],
    );
    if (state?.expanded !== true) continue;
    if (state.total !== recipients) throw new Error(`${state.total} messages, expected ${recipients}`);
    return (performance.now() - startedAt) / 1_000;
  }
}

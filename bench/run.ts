// `npm run bench [-- NAME …]`: each benchmark beside its reference, alternating in one run on one machine, as ratios.
// Starts its own PostgreSQL (durable settings as the service has them) and provider stub on loopback, and stops by itself.
import { availableParallelism, cpus } from 'node:os';
import { benchBloat } from './bloat.ts';
import { benchBloatSettings } from './bloat-settings.ts';
import { benchVacuumLate } from './vacuum-late.ts';
import { benchDelete } from './delete.ts';
import { benchQueues } from './queues.ts';
import { benchReading } from './reading.ts';
import { benchSend, benchSend50Ms } from './send.ts';
import { benchSendProfile } from './send-profile.ts';
import { benchExpand } from './expand.ts';
import { benchGrowth } from './growth.ts';
import { benchSubscribers } from './subscribers-cost.ts';
import { benchApiList, benchApiWrite } from './api.ts';
import { benchCreateMailing } from './create-mailing.ts';
import { benchFanOutLatency } from './fan-out-latency.ts';
import { benchFanOut } from './fan-out.ts';
import { benchImport } from './import.ts';
import type { BenchRow } from './table.ts';
import { printTable } from './table.ts';

const benchmarks: Readonly<Record<string, () => Promise<BenchRow[]>>> = {
  send: benchSend,
  'send-50ms': benchSend50Ms,
  'send-profile': benchSendProfile,
  'send-vs-queues': benchQueues,
  expand: benchExpand,
  growth: benchGrowth,
  subscribers: benchSubscribers,
  'create-mailing': benchCreateMailing,
  import: benchImport,
  bloat: benchBloat,
  'bloat-settings': benchBloatSettings,
  'vacuum-late': benchVacuumLate,
  delete: benchDelete,
  'api-list': benchApiList,
  'api-write': benchApiWrite,
  reading: benchReading,
  'fan-out': benchFanOut,
  'fan-out-latency': benchFanOutLatency,
};

const names = process.argv.slice(2).filter((name) => !name.startsWith('--'));
const unknown = names.filter((name) => benchmarks[name] === undefined);
if (unknown.length > 0 || process.argv.includes('--help')) {
  console.log(`Usage: npm run bench [-- NAME ...]\nBenchmarks: ${Object.keys(benchmarks).join(', ')}; all of them unless named.`);
  process.exit(unknown.length > 0 ? 1 : 0);
}

console.log(`${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores, Node.js ${process.version}`);
const rows: BenchRow[] = [];
for (const [name, run] of Object.entries(benchmarks)) {
  if (names.length === 0 || names.includes(name)) rows.push(...(await run()));
}
printTable(rows);

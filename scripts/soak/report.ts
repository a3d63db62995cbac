// The soak in words: one line every few seconds, a table at the end.
import type { Totals } from './database-check.ts';
import type { Journal } from './journal.ts';
import type { LedgerCheck } from './ledger-check.ts';
import type { Measurements } from './measurements.ts';
import type { Plan } from './plan.ts';
import type { Weather } from './provider-weather.ts';
import type { Watchers } from './watchers.ts';

export interface Findings {
  readonly minutes: number;
  readonly seed: number;
  readonly journal: Journal;
  readonly plan: Plan;
  readonly weather: Weather;
  readonly ledger: LedgerCheck;
  readonly watchers: Watchers;
  readonly measurements: Measurements;
  unfinished: number;
  totals: Totals | null;
  /** Ended by a person: what would have been checked at the end was not. */
  interrupted: boolean;
}

export function progressLine(findings: Findings, elapsedMs: number): string {
  const { journal, plan, weather, ledger, watchers, measurements, unfinished } = findings;
  const seconds = Math.round(elapsedMs / 1_000);
  const memory = [...measurements.memory].map(([name, { last }]) => `${name} ${last}`).join(' ');
  return [
    `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`,
    `${plan.mailings.size} mailings (${unfinished} open)`,
    `${ledger.counts.requests} requests, ${ledger.counts.accepted} accepted, ${ledger.counts.repeats} repeated`,
    `${watchers.counts.states} pushes`,
    `${[...journal.faults.values()].reduce((sum, count) => sum + count, 0)} faults`,
    `provider ${weather.mode()}`,
    `MB ${memory}`,
    ...(journal.violations.length > 0 ? [`${journal.violations.length} BROKEN`] : []),
  ].join(' | ');
}

export function summary({ minutes, seed, journal, plan, weather, ledger, watchers, measurements, totals, interrupted }: Findings): string {
  const { requests, accepted, repeats, repeatsAfterAcceptance } = ledger.counts;
  const rows: (readonly [string, string])[] = [
    ['seed, minutes', `${seed}, ${minutes}`],
    ['mailings, messages', `${totals?.mailings ?? '?'}, ${totals?.messages ?? '?'}`],
    ['messages by status', listed(Object.entries(totals?.byStatus ?? {}))],
    ['requests, accepted', `${requests}, ${accepted}`],
    ['repeated requests', `${repeats}, of them ${repeatsAfterAcceptance} after a clear acceptance (each explained by a fault)`],
    ['faults', listed([...journal.faults])],
    ['provider modes', listed([...weather.counts])],
    ['what people did', listed([...plan.deeds])],
    ['subscriptions', `${watchers.counts.subscriptions}, ${watchers.counts.completed} to the end; ${watchers.counts.states} states pushed`],
    ...[...measurements.memory].map(([name, range]) => [`memory of ${name}, MB`, ranged(range)] as const),
    ...[...measurements.tables].map(
      ([name, { deadRows, megabytes }]) => [`table ${name}`, `dead rows ${ranged(deadRows)}; MB ${ranged(megabytes)}`] as const,
    ),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const verdict =
    journal.violations.length === 0
      ? interrupted
        ? 'interrupted, nothing broken so far'
        : 'every promise held'
      : `BROKEN:\n${journal.violations.map((one) => `  - ${one}`).join('\n')}`;
  return ['', ...rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`), '', `soak with seed ${seed}: ${verdict}`].join('\n');
}

function listed(entries: readonly (readonly [string, unknown])[]): string {
  return entries.map(([name, count]) => `${name} ${String(count)}`).join(', ');
}

function ranged({ first, most, last }: { readonly first: number; readonly most: number; readonly last: number }): string {
  return `${first} first, ${most} most, ${last} last`;
}

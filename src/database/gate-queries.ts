// The provider gate: one row that all workers share. Every change is one conditional statement on that row.
import { ANSWER_SLOT_MS, ANSWER_SLOTS, FIRST_PAUSE_MS, LONGEST_PAUSE_MS, PROBES_TO_OPEN } from '../domain/provider-gate.ts';
import type { EpochMs } from '../domain/send-window.ts';
import type { Sql } from './database.ts';
import { toMs } from './instant.ts';

export interface GateState {
  readonly state: 'OPEN' | 'CLOSED' | 'PROBING';
  readonly blockedUntil: EpochMs | null;
  readonly openedAt: EpochMs | null;
  /** Grows with every change: news that was read before another is older. */
  readonly version: number;
}

const columns = `state, ${toMs('blocked_until')} as "blockedUntil", ${toMs('opened_at')} as "openedAt", version::float8 as version`;

// The pause doubles with each closing that follows another within a minute of the opening.
const closings = `case when state = 'OPEN' and (opened_at is null or opened_at < instant_now() - interval '1 minute') then 1 else closings + 1 end`;
const pause = `least(${LONGEST_PAUSE_MS}, ${FIRST_PAUSE_MS} * 2 ^ least(10, ${closings} - 1)) * interval '1 ms'`;

/** The answers of the last half minute belong to the outage: the next judgement starts anew. */
const forgetAnswers = 'forgotten as (delete from provider_answers)';

/**
 * Closes the gate: for `forMs`, or for the breaker's own pause when null. A closed gate stays closed at least as long as before.
 * Returns the state after it. Locks the one row.
 */
export async function closeGate(sql: Sql, code: string, reason: string, forMs: number | null): Promise<GateState> {
  return one(
    await sql.rows<GateState>(
      `with ${forgetAnswers}
       update provider_gate set
         blocked_until = greatest(case when state = 'CLOSED' then blocked_until end, instant_now() + coalesce($3::float8 * interval '1 ms', ${pause})),
         closings = case when state = 'CLOSED' then closings else ${closings} end,
         state = 'CLOSED', reason_code = $1, reason = $2, probe_token = null, probe_until = null, probes_passed = 0, version = version + 1
       where state <> 'CLOSED' or $3::float8 is not null
       returning ${columns}`,
      [code, reason, forMs],
    ),
    await sql.rows<GateState>(`select ${columns} from provider_gate`),
  );
}

/** Takes the one probe of a gate whose pause is over; null when another worker has it. A probe nobody ended lapses after `probeMs`. */
export async function beginProbe(sql: Sql, probeMs: number): Promise<string | null> {
  const rows = await sql.rows<{ token: string }>(
    `update provider_gate set state = 'PROBING', probe_token = nextval('lease_token_seq'), probe_until = instant_now() + $1::float8 * interval '1 ms',
       version = version + 1
     where (state = 'CLOSED' and blocked_until <= instant_now()) or (state = 'PROBING' and (probe_token is null or probe_until < instant_now()))
     returning probe_token::text as token`,
    [probeMs],
  );
  return rows[0]?.token ?? null;
}

/**
 * A good probe counts towards the opening, a bad one closes the gate for longer. Nothing happens when the probe lapsed.
 * The opening forgets the answers once more: those of requests that were in flight at the closing came after it.
 */
export async function endProbe(sql: Sql, token: string, passed: boolean): Promise<GateState> {
  const statement = passed
    ? `with ended as (
       update provider_gate set probes_passed = probes_passed + 1, probe_token = null, probe_until = null, version = version + 1,
         state = case when probes_passed + 1 >= ${PROBES_TO_OPEN} then 'OPEN' else 'PROBING' end,
         opened_at = case when probes_passed + 1 >= ${PROBES_TO_OPEN} then instant_now() else opened_at end,
         reason_code = case when probes_passed + 1 >= ${PROBES_TO_OPEN} then null else reason_code end,
         reason = case when probes_passed + 1 >= ${PROBES_TO_OPEN} then null else reason end,
         blocked_until = case when probes_passed + 1 >= ${PROBES_TO_OPEN} then null else blocked_until end
       where state = 'PROBING' and probe_token = $1::bigint returning *
       ),
       forgotten as (delete from provider_answers where exists (select from ended where state = 'OPEN'))
       select ${columns} from ended`
    : `update provider_gate set state = 'CLOSED', blocked_until = instant_now() + ${pause}, closings = ${closings},
         probe_token = null, probe_until = null, probes_passed = 0, version = version + 1
       where state = 'PROBING' and probe_token = $1::bigint returning ${columns}`;
  return one(await sql.rows<GateState>(statement, [token]), await sql.rows<GateState>(`select ${columns} from provider_gate`));
}

/** Lets the next probe run at once: the token changed, so what closed the gate may be over. */
export async function allowProbeNow(sql: Sql): Promise<void> {
  await sql.rows(
    `update provider_gate set blocked_until = instant_now(), version = version + 1 where state = 'CLOSED' and reason_code = 'TOKEN_REFUSED'`,
  );
}

/** Adds answers to the current slot and returns the sums over the last half minute. Locks one slot row. */
export async function recordAnswers(sql: Sql, answers: number, bad: number): Promise<{ answers: number; bad: number }> {
  const rows = await sql.rows<{ answers: number; bad: number }>(
    `with clock as (select floor(extract(epoch from instant_now()) * 1000 / ${ANSWER_SLOT_MS})::bigint as slot),
     added as (
       insert into provider_answers as p (slot, answers, bad) select slot, $1::int, $2::int from clock
       on conflict (slot) do update set answers = p.answers + excluded.answers, bad = p.bad + excluded.bad
       returning slot, answers, bad
     ),
     old as (delete from provider_answers p using clock where p.slot <= clock.slot - ${ANSWER_SLOTS})
     select (coalesce(sum(p.answers), 0) + min(added.answers))::float8 as answers, (coalesce(sum(p.bad), 0) + min(added.bad))::float8 as bad
     from added left join provider_answers p on p.slot <> added.slot and p.slot > added.slot - ${ANSWER_SLOTS}`,
    [answers, bad],
  );
  return rows[0] ?? { answers, bad };
}

function one(changed: GateState[], current: GateState[]): GateState {
  const state = changed[0] ?? current[0];
  if (state === undefined) throw new Error('provider_gate has no row: the migration inserts it');
  return state;
}

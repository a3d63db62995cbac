// The provider gate: one row that all workers share. Every change is one conditional statement on that row.
import { ANSWER_SLOT_MS, ANSWER_SLOTS, FIRST_PAUSE_MS, LONGEST_PAUSE_MS, PROBES_TO_OPEN } from '../domain/provider-gate.ts';
import type { AnswerCounts } from '../domain/provider-gate.ts';
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

/** Why the gate closes, and for how long. */
export interface Closing {
  /** Stable word: OUTAGE, TOKEN_REFUSED, HTTP_429, ... */
  readonly code: string;
  /** In words for an operator. */
  readonly reason: string;
  /** Milliseconds; null: the breaker's own pause, which doubles with each closing in a row. */
  readonly forMs: number | null;
}

const columns = `state, ${toMs('blocked_until')} as "blockedUntil", ${toMs('opened_at')} as "openedAt", version::float8 as version`;

// The pause doubles with each closing that follows another within a minute of the opening.
const closings = `case when state = 'OPEN' and (opened_at is null or opened_at < instant_now() - interval '1 minute') then 1 else closings + 1 end`;
const pause = (nth: string) => `least(${LONGEST_PAUSE_MS}, ${FIRST_PAUSE_MS} * 2 ^ least(10, ${nth} - 1)) * interval '1 ms'`;

// The answers before a closing or an opening belong to what is over: the next judgement starts anew.
const forgotten = (since: string) => `forgotten as (delete from provider_answers where exists (select from ${since}))`;

/** With what the database's clock shows. No lock. */
export async function readGate(sql: Sql): Promise<GateState & { readonly now: EpochMs }> {
  return one(await sql.rows<GateState & { now: EpochMs }>(`select ${columns}, ${toMs('instant_now()')} as now from provider_gate`));
}

/**
 * Closes an open gate; a breaker's closing (forMs null) does nothing else. With forMs, a gate that is closed already stays closed at
 * least that long, and a test of the provider that is under way is over. Returns the state after it. Locks the one row.
 */
export async function closeGate(sql: Sql, { code, reason, forMs }: Closing): Promise<GateState> {
  const changed = await sql.rows<GateState>(closeStatement, [code, reason, forMs]);
  return changed[0] ?? readGate(sql);
}

const closeStatement = `
  with closed as (
    update provider_gate set
      blocked_until = greatest(case when state = 'CLOSED' then blocked_until end, instant_now() + coalesce($3::float8 * interval '1 ms', ${pause(closings)})),
      closings = case when state = 'CLOSED' then closings else ${closings} end,
      state = 'CLOSED', reason_code = $1, reason = $2, probe_token = null, probe_until = null, probes_passed = 0, version = version + 1
    where state = 'OPEN' or $3::float8 is not null
    returning *
  ),
  ${forgotten('closed')}
  select ${columns} from closed`;

export interface ProbeTurn {
  /** null: the gate is not to be tested now, or another worker is at it. */
  readonly token: string | null;
  readonly gate: GateState;
}

/** Takes the one probe of a gate whose pause is over. A probe nobody ended lapses after `probeMs`. Locks the one row. */
export async function beginProbe(sql: Sql, probeMs: number): Promise<ProbeTurn> {
  const taken = await sql.rows<GateState & { token: string }>(beginStatement, [probeMs]);
  const [turn] = taken;
  return turn === undefined ? { token: null, gate: await readGate(sql) } : { token: turn.token, gate: turn };
}

const beginStatement = `
  update provider_gate set state = 'PROBING', probe_token = nextval('lease_token_seq'), probe_until = instant_now() + $1::float8 * interval '1 ms',
    blocked_until = null, version = version + 1
  where (state = 'CLOSED' and blocked_until <= instant_now()) or (state = 'PROBING' and (probe_token is null or probe_until < instant_now()))
  returning ${columns}, probe_token::text as token`;

/** A good probe: the fifth in a row opens the gate. Nothing happens when the probe lapsed. Returns the state after it. Locks the one row. */
export async function passProbe(sql: Sql, token: string): Promise<GateState> {
  const changed = await sql.rows<GateState>(passStatement, [token]);
  return changed[0] ?? readGate(sql);
}

const opens = `probes_passed + 1 >= ${PROBES_TO_OPEN}`;
const passStatement = `
  with passed as (
    update provider_gate set probes_passed = probes_passed + 1, probe_token = null, probe_until = null, version = version + 1,
      state = case when ${opens} then 'OPEN' else 'PROBING' end,
      opened_at = case when ${opens} then instant_now() else opened_at end,
      reason_code = case when ${opens} then null else reason_code end,
      reason = case when ${opens} then null else reason end
    where state = 'PROBING' and probe_token = $1::bigint
    returning *
  ),
  ${forgotten("passed where state = 'OPEN'")}
  select ${columns} from passed`;

/** A bad probe closes the gate again. Nothing happens when the probe lapsed. Returns the state after it. Locks the one row. */
export async function failProbe(sql: Sql, token: string, { code, reason, forMs }: Closing): Promise<GateState> {
  const changed = await sql.rows<GateState>(failStatement, [token, code, reason, forMs]);
  return changed[0] ?? readGate(sql);
}

const failStatement = `
  update provider_gate set state = 'CLOSED', blocked_until = instant_now() + coalesce($4::float8 * interval '1 ms', ${pause('closings + 1')}),
    closings = closings + 1, reason_code = $2, reason = $3, probe_token = null, probe_until = null, probes_passed = 0, version = version + 1
  where state = 'PROBING' and probe_token = $1::bigint
  returning ${columns}`;

/** A probe whose request was never started: another may take its place at once. Idempotent. Locks the one row. */
export async function returnProbe(sql: Sql, token: string): Promise<void> {
  await sql.rows(
    `update provider_gate set probe_token = null, probe_until = null, version = version + 1 where state = 'PROBING' and probe_token = $1::bigint`,
    [token],
  );
}

/** Ends the pause after a refused token: there is another token. False when that is not what the gate waits for. Locks the one row. */
export async function allowProbeNow(sql: Sql): Promise<boolean> {
  const changed = await sql.rows(
    `update provider_gate set blocked_until = instant_now(), version = version + 1
     where state = 'CLOSED' and reason_code = 'TOKEN_REFUSED' and blocked_until > instant_now() returning version`,
  );
  return changed.length > 0;
}

export interface AnswerReport extends AnswerCounts {
  readonly gate: GateState;
}

/** Adds answers, none also, to the current slot; returns what all workers have heard, and the gate. Locks one slot row. */
export async function reportAnswers(sql: Sql, answers: number, bad: number): Promise<AnswerReport> {
  const rows = await sql.rows<AnswerCounts & GateState>(reportStatement, [answers, bad]);
  const row = one(rows);
  return { answers: row.answers, bad: row.bad, lateAnswers: row.lateAnswers, lateBad: row.lateBad, gate: row };
}

const reportStatement = `
  with clock as materialized (select floor(extract(epoch from instant_now()) * 1000 / ${ANSWER_SLOT_MS})::bigint as now),
  added as (
    insert into provider_answers as p (slot, answers, bad) select now, $1::int, $2::int from clock where $1::int > 0
    on conflict (slot) do update set answers = p.answers + excluded.answers, bad = p.bad + excluded.bad
    returning slot, answers, bad
  ),
  old as (delete from provider_answers p using clock where p.slot <= clock.now - ${ANSWER_SLOTS}),
  seen as (
    select slot, answers, bad from added
    union all
    select p.slot, p.answers, p.bad from provider_answers p cross join clock
    where p.slot > clock.now - ${ANSWER_SLOTS} and not exists (select from added where added.slot = p.slot)
  ),
  sums as (
    select coalesce(sum(answers), 0)::float8 as answers, coalesce(sum(bad), 0)::float8 as bad,
      coalesce(sum(answers) filter (where slot >= clock.now - 1), 0)::float8 as "lateAnswers",
      coalesce(sum(bad) filter (where slot >= clock.now - 1), 0)::float8 as "lateBad"
    from seen cross join clock
  )
  select sums.*, ${columns} from sums cross join provider_gate`;

/** The provider as the API shows it. */
export interface ProviderState {
  readonly status: 'AVAILABLE' | 'UNAVAILABLE' | 'PROBING';
  readonly reason: string | null;
  /** Nothing is sent before; only while UNAVAILABLE. */
  readonly until: EpochMs | null;
}

/** A gate whose pause is over is about to be tested: by the next message that is due. No lock. */
export async function readProvider(sql: Sql): Promise<ProviderState> {
  return one(
    await sql.rows<ProviderState>(
      `select reason, case when closed then ${toMs('blocked_until')} end as until,
         case when state = 'OPEN' then 'AVAILABLE' when closed then 'UNAVAILABLE' else 'PROBING' end as status
       from (select *, state = 'CLOSED' and blocked_until > instant_now() as closed from provider_gate) g`,
    ),
  );
}

function one<Row>(rows: readonly Row[]): Row {
  const [row] = rows;
  if (row === undefined) throw new Error('provider_gate has no row: the migration inserts it');
  return row;
}

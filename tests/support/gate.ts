// The provider gate as tests see it and set it back.
import type pg from 'pg';

/** As after the migration: open, nothing remembered. */
export async function resetGate(pool: pg.Pool): Promise<void> {
  await pool.query(`
    update provider_gate set state = 'OPEN', reason_code = null, reason = null, blocked_until = null, closings = 0, probe_token = null,
      probe_until = null, probes_passed = 0, opened_at = null, version = version + 1;
    delete from provider_answers;`);
}

export interface GateRow {
  readonly state: 'OPEN' | 'CLOSED' | 'PROBING';
  readonly reasonCode: string | null;
  readonly reason: string | null;
  /** Milliseconds from now, in database time. */
  readonly blockedForMs: number | null;
  readonly closings: number;
  readonly probesPassed: number;
  /** Epoch milliseconds. */
  readonly openedAt: number | null;
  readonly version: number;
}

export async function readGateRow(pool: pg.Pool): Promise<GateRow> {
  const { rows } = await pool.query<GateRow>(`
    select state, reason_code as "reasonCode", reason, extract(epoch from blocked_until - instant_now())::float8 * 1000 as "blockedForMs", closings,
      probes_passed as "probesPassed", extract(epoch from opened_at)::float8 * 1000 as "openedAt", version::float8 as version
    from provider_gate`);
  const [row] = rows;
  if (row === undefined) throw new Error('provider_gate has no row');
  return row;
}

/** Ends the pause of a closed gate now. */
export async function endPause(pool: pg.Pool): Promise<void> {
  await pool.query("update provider_gate set blocked_until = instant_now(), version = version + 1 where state = 'CLOSED'");
}

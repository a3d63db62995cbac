// Recounts in SQL, each in one statement and so of one instant: counters against rows, whatever is written meanwhile.
import type pg from 'pg';
import type { Journal } from './journal.ts';
import type { LedgerCheck } from './ledger-check.ts';
import { groups, isMoody } from './directory.ts';
import type { Plan } from './plan.ts';
import { numberOf } from './plan.ts';

/** Rows that must not exist. $1: only mailings whose counters changed in so many seconds. */
const checks = [
  {
    broken: 'counters differ from a recount',
    statement: `
      select s.*, c.* from mailing_statistics s
      left join lateral (
        select count(*) as rows, count(*) filter (where status = 'PENDING') as r_pending, count(*) filter (where status = 'SENT') as r_sent,
          count(*) filter (where status = 'FAILED') as r_failed, count(*) filter (where status = 'EXPIRED') as r_expired,
          count(*) filter (where status = 'CANCELLED') as r_cancelled, count(*) filter (where status = 'UNCONFIRMED') as r_unconfirmed
        from message m where m.mailing_id = s.mailing_id
      ) c on true
      where s.updated_at > now() - make_interval(secs => $1) and (s.total, s.pending, s.sent, s.failed, s.expired, s.cancelled, s.unconfirmed)
        is distinct from (c.rows, c.r_pending, c.r_sent, c.r_failed, c.r_expired, c.r_cancelled, c.r_unconfirmed) limit 3`,
  },
  {
    broken: 'the total is not the sum of the six states',
    statement: `select * from mailing_statistics where $1::float8 > 0 and total <> pending + sent + failed + expired + cancelled + unconfirmed limit 3`,
  },
  {
    broken: "a batch's count differs from its pending messages",
    statement: `
      select b.id, b.mailing_id, b.pending, (select count(*) from message m where m.batch_id = b.id and m.status = 'PENDING') as rows from batch b
      where $1::float8 > 0 and b.pending <> (select count(*) from message m where m.batch_id = b.id and m.status = 'PENDING') limit 3`,
  },
  {
    broken: 'two messages for one client of one mailing',
    statement: `
      select mailing_id, client_id, count(*) from message m where mailing_id in
        (select mailing_id from mailing_statistics where updated_at > now() - make_interval(secs => $1))
      group by 1, 2 having count(*) > 1 limit 3`,
  },
  {
    broken: 'a mailing that ended 75 s ago is not over',
    statement: `
      select m.id, m.status, s.pending from mailing m join mailing_statistics s on s.mailing_id = m.id
      where $1::float8 > 0 and m.ends_at < now() - interval '75 seconds' and (m.finished_at is null or s.pending > 0) limit 3`,
  },
] as const;

/** Nothing to see while the database is away: then the next look counts. */
export async function checkDatabase(pool: pg.Pool, journal: Journal, lastSeconds: number): Promise<void> {
  for (const { broken, statement } of checks) {
    const rows = await pool.query(statement, [lastSeconds]).then(
      (result) => result.rows,
      () => [],
    );
    for (const row of rows) journal.violated(`${broken}: ${JSON.stringify(row)}`);
  }
}

export interface Totals {
  readonly mailings: number;
  readonly unfinished: number;
  readonly messages: number;
  readonly byStatus: Readonly<Record<string, number>>;
}

export async function readTotals(pool: pg.Pool): Promise<Totals> {
  const { rows } = await pool.query<Totals>(`
    select (select count(*)::int from mailing) as mailings,
      (select count(*)::int from mailing m join mailing_statistics s on s.mailing_id = m.id where m.finished_at is null or s.pending > 0) as unfinished,
      coalesce(sum(total), 0)::int as messages,
      json_build_object('pending', sum(pending), 'sent', sum(sent), 'failed', sum(failed), 'expired', sum(expired), 'cancelled', sum(cancelled),
        'unconfirmed', sum(unconfirmed)) as "byStatus"
    from mailing_statistics`);
  return rows[0] ?? { mailings: 0, unfinished: 0, messages: 0, byStatus: {} };
}

/** After the end: tables, ledger and what people were told must say the same. */
export async function checkEnd(pool: pg.Pool, plan: Plan, { accepted, surelyAccepted }: LedgerCheck, journal: Journal): Promise<void> {
  await checkDatabase(pool, journal, 1e9);
  const messages = await pool.query<{ id: string; status: string }>('select id::text, status::text from message');
  const statusOf = new Map(messages.rows.map(({ id, status }) => [id, status]));
  for (const [id, status] of statusOf) {
    if (status === 'PENDING') journal.violated(`message ${id} is still PENDING`);
    if (status === 'SENT' && !accepted.has(id)) journal.violated(`message ${id} is SENT, and the provider never took it`);
  }
  for (const id of surelyAccepted) {
    if (statusOf.get(id) !== 'SENT') journal.violated(`message ${id} was clearly accepted, and is ${statusOf.get(id) ?? 'gone'}`);
  }

  const mailings = await pool.query<{ text: string; status: string; total: number }>(
    'select m.text, m.status::text, s.total::int from mailing m join mailing_statistics s on s.mailing_id = m.id',
  );
  const found = Map.groupBy(mailings.rows, ({ text }) => numberOf(text));
  for (const { number, id, tag, text } of plan.mailings.values()) {
    const rows = found.get(number) ?? [];
    const [row] = rows;
    if (id !== '' && (rows.length !== 1 || row === undefined)) {
      journal.violated(`mailing ${id} was acknowledged once, and exists ${rows.length} times`);
      continue;
    }
    const size = groups.find((group) => group.tag === tag)?.size;
    if (row?.status === 'COMPLETED' && !isMoody(tag) && row.total !== size) {
      journal.violated(`mailing ${id} ("${text}") made ${row.total} messages for ${size} clients`);
    }
  }
}

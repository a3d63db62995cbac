// Samples of counters: what the sampler writes every two seconds, and the charts that the API makes of it.
import type { EpochMs } from '../domain/send-window.ts';
import type { Database, Sql } from './database.ts';
import { toMs } from './instant.ts';
import { SAMPLE_LOCK } from './locks.ts';

/**
 * Takes one sample of everything, unless another worker is at it or did so less than `apartMs` ago. True when it did.
 * The lock comes first, by itself: the statement after it sees all that the last holder wrote. It goes with the transaction, so a dead
 * worker never keeps it.
 */
export async function takeSamples(database: Database, apartMs: number): Promise<boolean> {
  return database.transaction(async (tx) => {
    const [lock] = await tx.rows<{ locked: boolean }>('select pg_try_advisory_xact_lock($1) as locked', [SAMPLE_LOCK]);
    if (lock?.locked !== true) return false;
    const [taken] = await tx.rows<{ taken: boolean }>(sampleStatement, [apartMs]);
    return taken?.taken === true;
  });
}

// Reads one row of each table per mailing that is on the list (mailing_sampling: those that run, or did a moment ago), all by primary key,
// and locks only rows of that list, skipping those that a retry holds: they are counted at the next look. What sends is never waited for.
// A mailing gets a sample when its counters have changed and its last sample is older than a 300th of its age, so that the samples of a
// mailing grow with the logarithm of its duration: 300 in the first ten minutes, then 210 each time its age doubles, about 2,800 after a
// month. The first comes at its start, and another whenever it is over.
// A clock that was set back starts anew: samples of the future are taken away, and no interval is negative.
const sampleStatement = `
  with look as materialized (
    select instant_now() as now, last.at as last_at
    from (select max(at) as at from sending_sample where at <= instant_now()) last
    where last.at is null or last.at <= instant_now() - $1::float8 * interval '1 ms'
  ),
  seen as materialized (
    select w.mailing_id, s.total, s.pending, s.sent, s.failed, s.expired, s.cancelled, s.unconfirmed, s.version,
      s.sent + s.failed + s.unconfirmed as done, greatest(0, s.sent + s.failed + s.unconfirmed - w.done) as ended,
      m.deleted_at is null and s.version is distinct from w.sampled_version and (
        w.sampled_at is null or w.sampled_at > look.now
        or (m.finished_at is not null and s.pending = 0)
        or look.now - w.sampled_at >= (look.now - m.started_at) / 300
      ) as is_due,
      m.deleted_at is not null or (m.finished_at < look.now - interval '30 seconds' and s.pending = 0) as is_over
    from look
    cross join mailing_sampling w
    join mailing m on m.id = w.mailing_id
    join mailing_statistics s on s.mailing_id = w.mailing_id
    for update of w skip locked
  ),
  samples as (
    insert into mailing_sample (mailing_id, at, total, pending, sent, failed, expired, cancelled, unconfirmed, version)
    select mailing_id, look.now, total, pending, sent, failed, expired, cancelled, unconfirmed, version from seen, look where is_due
    on conflict do nothing
  ),
  kept as (
    update mailing_sampling w
    set done = seen.done, sampled_at = case when is_due then look.now else w.sampled_at end,
      sampled_version = case when is_due then seen.version else w.sampled_version end
    from seen, look
    where w.mailing_id = seen.mailing_id and not is_over and (is_due or w.done <> seen.done)
  ),
  removed as (delete from mailing_sampling w using seen where w.mailing_id = seen.mailing_id and is_over),
  forgotten as (
    delete from sending_sample t using look
    where (t.at < look.now - interval '1 hour' and t.at <> look.last_at) or t.at > look.now
  ),
  total as (
    insert into sending_sample (at, seconds, messages)
    select look.now, coalesce(extract(epoch from look.now - look.last_at), 0)::float8, (select coalesce(sum(ended), 0) from seen) from look
    returning at
  )
  select exists (select from total) as taken`;

/** Removes what the sampler knows of a mailing. In two statements: the first waits for a look that has it in hand. Primary keys. */
export async function purgeSamples(sql: Sql, mailingId: string): Promise<void> {
  await sql.rows('delete from mailing_sampling where mailing_id = $1::bigint', [mailingId]);
  await sql.rows('delete from mailing_sample where mailing_id = $1::bigint', [mailingId]);
}

export interface SendingSample {
  readonly at: EpochMs;
  /** The interval that ends at `at`. */
  readonly seconds: number;
  /** Attempts that ended in it. */
  readonly messages: number;
}

/** The intervals that ended in the last `minutes`, oldest first. Index sending_sample_pkey. No locks. */
export async function readSendingHistory(sql: Sql, minutes: number): Promise<SendingSample[]> {
  return sql.rows<SendingSample>(
    `select ${toMs('at')} as at, seconds, messages::float8 as messages from sending_sample
     where at > instant_now() - $1::int * interval '1 minute' and at <= instant_now() and seconds > 0
     order by at`,
    [minutes],
  );
}

export interface MailingSample {
  readonly mailingId: string;
  readonly at: EpochMs;
  readonly total: number;
  readonly pending: number;
  readonly sent: number;
  readonly failed: number;
  readonly expired: number;
  readonly cancelled: number;
  readonly unconfirmed: number;
}

/**
 * The samples of mailings that have started, oldest first, each mailing at most `points`: zeros at its start, the last sample of each of
 * so many equal stretches of time, and the present counters, read in the same go. Index mailing_sample_pkey. No locks.
 */
export async function readMailingHistories(sql: Sql, mailingIds: readonly string[], points: number): Promise<MailingSample[]> {
  return sql.rows<MailingSample>(historyStatement, [mailingIds, points]);
}

const counts = (of: string): string =>
  ['total', 'pending', 'sent', 'failed', 'expired', 'cancelled', 'unconfirmed']
    .map((name) => `${of}.${name}::float8 as ${name}`)
    .join(', ');
const zeros = '0 as total, 0 as pending, 0 as sent, 0 as failed, 0 as expired, 0 as cancelled, 0 as unconfirmed';

// The present is as old as its last change, or as its sample when there is one of this very version; later than all others in any case.
const historyStatement = `
  select m.id::text as "mailingId", ${toMs('h.at')} as at, ${counts('h')}
  from mailing m
  join mailing_statistics s on s.mailing_id = m.id
  left join lateral (
    select k.at, k.version from mailing_sample k where k.mailing_id = m.id and k.at > m.started_at order by k.at desc limit 1
  ) newest on true
  cross join lateral (
    select case when newest.version = s.version then newest.at
      else greatest(s.updated_at, newest.at + interval '1 ms', m.started_at + interval '1 ms') end as at
  ) present
  cross join lateral (
    select m.started_at as at, ${zeros}
    union all
    select at, ${counts('k')} from (
      select distinct on (stretch) k.* from (
        select k.*, least(floor(extract(epoch from k.at - m.started_at) / extract(epoch from present.at - m.started_at) * ($2::int - 2)), $2::int - 3) as stretch
        from mailing_sample k
        where k.mailing_id = m.id and k.at > m.started_at and k.at < present.at and $2::int > 2
      ) k
      order by stretch, k.at desc
    ) k
    union all
    select present.at, ${counts('s')}
  ) h
  where m.id = any($1::bigint[]) and m.started_at is not null
  order by m.id, h.at`;

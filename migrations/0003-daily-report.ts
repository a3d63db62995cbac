// What the daily report reads: how many messages reached each status in each quarter of an hour, and which mailings started or ended when.
import { Migration } from '@mikro-orm/migrations';

export class DailyReport extends Migration {
  override up(): void {
    this.addSql(quarters);
    this.addSql(indexes);
    this.addSql(reports);
  }
}

// A quarter of an hour is the coarsest step that every time zone's midnight falls on. A trigger on the counters and not a part of each
// statement that counts: whoever changes a counter, now or later, is in the day's figures with the same numbers in the same transaction.
// It costs one more row per statement, not per message. statement_timestamp() being the same in both, a quarter holds exactly the
// messages whose finished_at lies in it. fillfactor and no index on a counter keep it a HOT update.
const quarters = `
create table mailing_quarter (
  quarter timestamptz not null,
  mailing_id bigint not null,
  -- Messages that were made.
  created bigint not null default 0,
  -- Messages that reached the status.
  sent bigint not null default 0,
  failed bigint not null default 0,
  expired bigint not null default 0,
  -- Less those that turned out to be sent or refused: their request was in flight when they were cancelled.
  cancelled bigint not null default 0,
  unconfirmed bigint not null default 0,
  -- FAILED and UNCONFIRMED messages that a person put back.
  retried bigint not null default 0,
  primary key (quarter, mailing_id)
) with (fillfactor = 50);

create function count_quarter() returns trigger language plpgsql as $$
begin
  insert into mailing_quarter as q (quarter, mailing_id, created, sent, failed, expired, cancelled, unconfirmed, retried)
  values (date_bin('15 minutes', instant_now(), timestamptz '2000-01-01Z'), new.mailing_id, new.total - old.total, new.sent - old.sent,
    greatest(new.failed - old.failed, 0), new.expired - old.expired, new.cancelled - old.cancelled, greatest(new.unconfirmed - old.unconfirmed, 0),
    greatest(old.failed - new.failed, 0) + greatest(old.unconfirmed - new.unconfirmed, 0))
  on conflict (quarter, mailing_id) do update set created = q.created + excluded.created, sent = q.sent + excluded.sent,
    failed = q.failed + excluded.failed, expired = q.expired + excluded.expired, cancelled = q.cancelled + excluded.cancelled,
    unconfirmed = q.unconfirmed + excluded.unconfirmed, retried = q.retried + excluded.retried;
  return null;
end $$;
-- A new version alone (a pause, an edit) counts nothing.
create trigger quarter_counted after update on mailing_statistics for each row
  when (old.total <> new.total or old.pending <> new.pending or old.cancelled <> new.cancelled)
  execute function count_quarter();
`;

const indexes = `
create index mailing_finished on mailing (finished_at) where finished_at is not null;
-- Attempts are only ever appended, so that a summary of each stretch of the table finds a day's.
create index message_attempt_at on message_attempt using brin (at) with (pages_per_range = 32, autosummarize = on);
`;

const reports = `
-- Who sends the report of a day, and what has become of it.
create table daily_report (
  date date primary key,
  status text not null default 'DUE' constraint daily_report_status_valid check (status in ('DUE', 'SENT', 'GIVEN_UP')),
  -- The same at every attempt, so that a mail server or a mailbox can tell a repetition.
  message_id uuid not null default gen_random_uuid(),
  attempts int not null default 0,
  -- Whom a mail server has taken it for.
  delivered_to text[] not null default '{}',
  next_try_at timestamptz not null default instant_now(),
  lease_until timestamptz,
  sent_at timestamptz,
  last_error text,
  constraint daily_report_sent check ((status = 'SENT') = (sent_at is not null))
);
`;

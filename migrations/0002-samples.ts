// Samples of the counters of mailings, for charts: written by the sampler (src/operations/sample-mailings.ts), never by what sends.
import { Migration } from '@mikro-orm/migrations';

export class Samples extends Migration {
  override up(): void {
    this.addSql(samples);
    this.addSql(sampling);
    this.addSql(totals);
  }
}

const samples = `
create table mailing_sample (
  mailing_id bigint not null,
  at timestamptz not null,
  total bigint not null,
  pending bigint not null,
  sent bigint not null,
  failed bigint not null,
  expired bigint not null,
  cancelled bigint not null,
  unconfirmed bigint not null,
  -- Of mailing_statistics: equal versions are equal counts.
  version bigint not null,
  primary key (mailing_id, at),
  constraint sample_adds_up check (total = pending + sent + failed + expired + cancelled + unconfirmed)
);
`;

// The list of mailings that the sampler looks at, each with what it saw last: a mailing enters when it starts to run and leaves some time
// after it is over, so that a look costs nothing for all those that are over. A trigger, because whoever lets a mailing run (its start,
// a retry) must not have to know.
const sampling = `
create table mailing_sampling (
  mailing_id bigint primary key,
  -- Of the last sample; null: there is none yet.
  sampled_at timestamptz,
  sampled_version bigint,
  -- Attempts that had ended by the last look, whether it left a sample or not.
  done bigint not null
) with (fillfactor = 50);

create function sample_mailing() returns trigger language plpgsql as $$
begin
  insert into mailing_sampling (mailing_id, done)
  values (new.id, coalesce((select sent + failed + unconfirmed from mailing_statistics where mailing_id = new.id), 0))
  on conflict do nothing;
  return null;
end $$;
create trigger mailing_inserted_running after insert on mailing
  for each row when (new.status = 'RUNNING') execute function sample_mailing();
create trigger mailing_runs after update of status on mailing
  for each row when (new.status = 'RUNNING' and old.status <> 'RUNNING') execute function sample_mailing();

insert into mailing_sampling (mailing_id, done)
select m.id, s.sent + s.failed + s.unconfirmed from mailing m join mailing_statistics s on s.mailing_id = m.id
where m.status in ('RUNNING', 'PAUSED') and m.deleted_at is null;
`;

const totals = `
create table sending_sample (
  at timestamptz primary key,
  -- Length of the interval that ends at "at".
  seconds float8 not null constraint sending_sample_lasts check (seconds >= 0),
  messages bigint not null constraint sending_sample_counts check (messages >= 0)
);
-- The first interval begins here.
insert into sending_sample (at, seconds, messages) values (instant_now(), 0, 0);
`;

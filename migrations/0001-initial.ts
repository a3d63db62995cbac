// The whole first schema. Migrations are immutable and go forward only: a change is a new file.
import { Migration } from '@mikro-orm/migrations';

export class Initial extends Migration {
  override up(): void {
    this.addSql(clock);
    this.addSql(clients);
    this.addSql(mailings);
    this.addSql(history);
    this.addSql(messages);
    this.addSql(provider);
    this.addSql(idempotency);
  }
}

// Every decision in SQL asks this one function for the time, so that tests can move the clock in one place.
// statement_timestamp() and not now(): a statement that waited for a lock in a longer transaction sees the present.
const clock = `
create function instant_now() returns timestamptz
language sql stable parallel safe
return statement_timestamp();
`;

const clients = `
create table client (
  id bigint generated always as identity primary key,
  phone bigint not null constraint client_phone_unique unique
    constraint client_phone_valid check (phone between 70000000000 and 79999999999),
  operator_code text not null constraint client_operator_code_valid check (operator_code ~ '^[0-9]{3}$'),
  tag text constraint client_tag_valid check (char_length(tag) between 1 and 100),
  time_zone text not null constraint client_time_zone_valid check (char_length(time_zone) between 1 and 64),
  opted_out_at timestamptz,
  created_at timestamptz not null default instant_now(),
  updated_at timestamptz not null default instant_now(),
  version int not null default 1
);
-- The audience filter of a mailing and the filters of the client list. Included: what a dry run counts, so that it reads an index alone.
create index client_audience on client (operator_code, tag, id) include (time_zone, opted_out_at);
create index client_tag on client (tag, id) include (time_zone, opted_out_at);
create index client_time_zone on client (time_zone, id) include (opted_out_at);
-- The client list: newest first with an id tie-break; those who opted out are few among many.
create index client_created on client (created_at, id);
create index client_opted_out on client (created_at, id) where opted_out_at is not null;

-- How many clients there are, without counting them: 16 rows so that concurrent inserts rarely meet on one.
create table client_counter (
  shard smallint primary key,
  clients bigint not null default 0
) with (fillfactor = 50);
insert into client_counter (shard) select generate_series(0, 15);

create function count_clients() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    update client_counter set clients = clients + (select count(*) from changed) where shard = pg_backend_pid() % 16;
  else
    update client_counter set clients = clients - (select count(*) from changed) where shard = pg_backend_pid() % 16;
  end if;
  return null;
end $$;
create trigger client_inserted after insert on client
  referencing new table as changed for each statement execute function count_clients();
create trigger client_deleted after delete on client
  referencing old table as changed for each statement execute function count_clients();
`;

const mailings = `
create type mailing_status as enum ('SCHEDULED', 'RUNNING', 'PAUSED', 'COMPLETED', 'CANCELLED');

create table mailing (
  id bigint generated always as identity primary key,
  text text not null constraint mailing_text_valid check (char_length(text) between 1 and 1000),
  operator_codes text[] not null default '{}',
  tags text[] not null default '{}',
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  -- Wall-clock HH:MM of the client; SQL never interprets it.
  window_from text constraint mailing_window_from_valid check (window_from ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  window_to text constraint mailing_window_to_valid check (window_to ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  rate_per_second int constraint mailing_rate_valid check (rate_per_second between 1 and 1000000),
  status mailing_status not null default 'SCHEDULED',
  started_at timestamptz,
  finished_at timestamptz,
  -- Expansion: clients up to expansion_ceiling belong to the audience; those up to expansion_cursor have their messages.
  expansion_cursor bigint not null default 0,
  expansion_ceiling bigint,
  expanded_at timestamptz,
  deleted_at timestamptz,
  created_at timestamptz not null default instant_now(),
  updated_at timestamptz not null default instant_now(),
  version int not null default 1,
  constraint mailing_period_valid check (ends_at > starts_at),
  constraint mailing_window_whole check ((window_from is null) = (window_to is null) and window_from is distinct from window_to or window_from is null),
  constraint mailing_started check (case when status in ('RUNNING', 'PAUSED', 'COMPLETED') then started_at is not null when status = 'SCHEDULED' then started_at is null else true end),
  constraint mailing_finished check ((status in ('COMPLETED', 'CANCELLED')) = (finished_at is not null)),
  constraint mailing_launched check ((started_at is null) = (expansion_ceiling is null)),
  constraint mailing_completed_is_expanded check (status <> 'COMPLETED' or expanded_at is not null)
);
create index mailing_created on mailing (created_at, id) where deleted_at is null;
create index mailing_starts on mailing (starts_at, id) where deleted_at is null;
create index mailing_ends on mailing (ends_at, id) where deleted_at is null;
create index mailing_status_created on mailing (status, created_at, id) where deleted_at is null;
-- What the reconciler looks at: mailings that are not over, and those still to be removed.
create index mailing_unfinished on mailing (id) where finished_at is null or deleted_at is not null;

create table mailing_statistics (
  mailing_id bigint primary key,
  total bigint not null default 0,
  pending bigint not null default 0 constraint pending_not_negative check (pending >= 0),
  sent bigint not null default 0 constraint sent_not_negative check (sent >= 0),
  failed bigint not null default 0 constraint failed_not_negative check (failed >= 0),
  expired bigint not null default 0 constraint expired_not_negative check (expired >= 0),
  cancelled bigint not null default 0 constraint cancelled_not_negative check (cancelled >= 0),
  unconfirmed bigint not null default 0 constraint unconfirmed_not_negative check (unconfirmed >= 0),
  version bigint not null default 1,
  updated_at timestamptz not null default instant_now(),
  audited_at timestamptz,
  constraint statistics_add_up check (total = pending + sent + failed + expired + cancelled + unconfirmed)
) with (fillfactor = 20);
`;

const history = `
create type mailing_event_kind as enum ('CREATED', 'EDITED', 'STARTED', 'PAUSED', 'RESUMED', 'CANCELLED', 'COMPLETED', 'MESSAGES_RETRIED');

create table mailing_event (
  id bigint generated always as identity primary key,
  mailing_id bigint not null,
  kind mailing_event_kind not null,
  -- null: it happened by itself, or nobody knows who it was.
  actor text constraint mailing_event_actor_valid check (char_length(actor) between 1 and 200),
  at timestamptz not null default instant_now(),
  fields text[],
  retried bigint,
  constraint mailing_event_fields check ((kind = 'EDITED') = (fields is not null)),
  constraint mailing_event_retried check ((kind = 'MESSAGES_RETRIED') = (retried is not null))
);
create index mailing_event_mailing on mailing_event (mailing_id, id);
`;

// message has no foreign keys: a check per row would double the cost of an insert, and its rows are written by three
// statements only. fillfactor 50 and no index on a changing column keep settling a HOT update.
const messages = `
create type message_status as enum ('PENDING', 'SENT', 'FAILED', 'EXPIRED', 'CANCELLED', 'UNCONFIRMED');

create table batch (
  id bigint generated by default as identity primary key,
  mailing_id bigint not null,
  time_zone text not null,
  due_at timestamptz not null,
  close_at timestamptz not null,
  -- The wait before a retry: kept when windows or the end are edited. null: none.
  not_before timestamptz,
  pending int not null constraint batch_pending_not_negative check (pending >= 0),
  lease_token bigint,
  lease_until timestamptz,
  -- How often a lease ran out with messages in hand.
  rescues int not null default 0,
  -- While a batch that was rescued twice is sent message by message: the one in hand, and how often it was begun without an end.
  alone_message_id bigint,
  alone_starts int not null default 0,
  constraint batch_lease_whole check ((lease_token is null) = (lease_until is null))
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0);
create sequence lease_token_seq;
-- The lease: the earliest due batch of a mailing that nobody holds.
create index batch_due on batch (mailing_id, due_at, id) where lease_token is null;
-- Window closings: the next one of a mailing, and those that are past.
create index batch_close on batch (mailing_id, close_at) where lease_token is null;
-- Leases that ran out.
create index batch_leased on batch (lease_until) where lease_token is not null;

create table message (
  id bigint generated always as identity primary key,
  mailing_id bigint not null,
  client_id bigint,
  batch_id bigint,
  phone bigint,
  created_at timestamptz not null default instant_now(),
  finished_at timestamptz,
  error_at timestamptz,
  attempts int not null default 0,
  status message_status not null default 'PENDING',
  -- An attempt ended without a clear answer: the provider may have taken the message.
  ambiguous boolean not null default false,
  -- Only for the indexes below: an index that names status, be it in its predicate alone, would keep every settle from being a HOT
  -- update (measured: 5 WAL records per message instead of 1). These stay null on the way from PENDING to SENT,
  -- retries included, and when a mailing ends or is cancelled with many messages that were never tried: indexing all EXPIRED and
  -- CANCELLED ones made that four times as slow.
  problem message_status generated always as (case when status in ('FAILED', 'UNCONFIRMED') or (status = 'EXPIRED' and error_code is not null) then status end) stored,
  problem_code text generated always as (case when status in ('FAILED', 'UNCONFIRMED', 'EXPIRED') then error_code end) stored,
  error_code text,
  error_message text,
  constraint message_client_mailing_unique unique (client_id, mailing_id),
  constraint message_finished check ((status = 'PENDING') = (finished_at is null)),
  constraint message_pending_has_batch check (status <> 'PENDING' or (batch_id is not null and phone is not null))
) with (fillfactor = 50, autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_vacuum_cost_delay = 0);
create index message_mailing on message (mailing_id, id);
create index message_batch on message (batch_id, id);
create index message_problem on message (mailing_id, problem, id) where problem is not null;
create index message_problem_code on message (mailing_id, problem_code, problem, id) where problem_code is not null;

create table message_attempt (
  id bigint generated always as identity primary key,
  message_id bigint not null,
  mailing_id bigint not null,
  attempt int not null,
  at timestamptz not null default instant_now(),
  outcome text not null constraint attempt_outcome_valid check (outcome in ('refused', 'retry', 'ambiguous')),
  code text not null,
  message text not null,
  http_status int,
  latency_ms int not null
);
create index message_attempt_message on message_attempt (message_id, id);
`;

const provider = `
-- One row: may the provider be asked now? All workers read and change it.
create table provider_gate (
  id boolean primary key default true check (id),
  state text not null default 'OPEN' constraint gate_state_valid check (state in ('OPEN', 'CLOSED', 'PROBING')),
  reason_code text,
  reason text,
  blocked_until timestamptz,
  -- Closings in a row without a full opening between them: the pause doubles with each.
  closings int not null default 0,
  probe_token bigint,
  probe_until timestamptz,
  probes_passed int not null default 0,
  -- The ramp after an outage counts from here.
  opened_at timestamptz,
  version bigint not null default 1,
  constraint gate_pause_whole check ((state = 'CLOSED') = (blocked_until is not null)),
  constraint gate_probe_whole check ((probe_token is null) = (probe_until is null) and (probe_token is null or state = 'PROBING'))
) with (fillfactor = 20);
insert into provider_gate default values;

-- Answers of the last half minute in slots of 3 s: the breaker's rolling window over all workers.
create table provider_answers (
  slot bigint primary key,
  answers int not null,
  bad int not null
) with (fillfactor = 50);

-- Requests already granted in the current second: 'provider' and 'mailing:ID'.
create table rate_grant (
  key text primary key,
  second bigint not null,
  granted int not null
) with (fillfactor = 20);
`;

const idempotency = `
create table idempotency_key (
  operation text not null,
  key text not null,
  request_hash text not null,
  result_id bigint not null,
  created_at timestamptz not null default instant_now(),
  primary key (operation, key)
);
create index idempotency_key_created on idempotency_key (created_at);
`;

// What others are told of by webhooks: written by the transaction that makes it so, delivered afterwards.
import { Migration } from '@mikro-orm/migrations';

export class Webhooks extends Migration {
  override up(): void {
    this.addSql(outbox);
    this.addSql(events);
  }
}

const outbox = `
-- One row: is there anybody to tell? Workers set it when they start.
create table webhook_switch (
  id boolean primary key default true check (id),
  enabled boolean not null default false
);
insert into webhook_switch default values;

create table webhook_delivery (
  id bigint generated always as identity primary key,
  -- The same at every attempt, so that the receiver can tell a repetition.
  webhook_id uuid not null default gen_random_uuid(),
  type text not null,
  data jsonb not null,
  at timestamptz not null default instant_now(),
  status text not null default 'DUE' constraint webhook_status_valid check (status in ('DUE', 'DELIVERED', 'GIVEN_UP')),
  attempts int not null default 0,
  next_try_at timestamptz not null default instant_now(),
  lease_until timestamptz,
  ended_at timestamptz,
  last_error text,
  constraint webhook_ended check ((status = 'DUE') = (ended_at is null))
) with (fillfactor = 70);
create index webhook_delivery_due on webhook_delivery (next_try_at, id) where status = 'DUE';
create index webhook_delivery_ended on webhook_delivery (ended_at) where ended_at is not null;
`;

// Triggers on the history and the gate, and not a part of the statements that write them: what is told is what is written there,
// whoever writes it.
const events = `
create function tell_mailing_event() returns trigger language plpgsql as $$
begin
  insert into webhook_delivery (type, data)
    select 'mailing.' || lower(new.kind::text), jsonb_build_object('mailingId', new.mailing_id::text) from webhook_switch where enabled;
  return null;
end $$;
create trigger mailing_event_told after insert on mailing_event for each row
  when (new.kind in ('STARTED', 'COMPLETED')) execute function tell_mailing_event();

-- Closings in a row, and tests of the provider in between, are one outage.
create function tell_gate_change() returns trigger language plpgsql as $$
begin
  if not (select enabled from webhook_switch) then
    return null;
  end if;
  if new.state = 'OPEN' then
    insert into webhook_delivery (type, data) values ('provider.gate.opened', '{}');
  else
    -- What waits because of it: the first hundred by name.
    insert into webhook_delivery (type, data)
      select 'provider.gate.closed', jsonb_build_object('code', new.reason_code, 'runningMailings', count(*),
        'mailingIds', coalesce(to_jsonb((array_agg(id::text order by id))[1:100]), '[]'::jsonb))
      from mailing where status = 'RUNNING' and deleted_at is null;
  end if;
  return null;
end $$;
create trigger gate_change_told after update on provider_gate for each row
  when ((old.state = 'OPEN') <> (new.state = 'OPEN')) execute function tell_gate_change();
`;

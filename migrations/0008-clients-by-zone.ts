// How many clients there are in each time zone, and how many of them opted out, without counting them: what a dry run for everybody asks
// (docs/decisions/0024-clients-counted-by-zone.md). It takes the place of client_counter, which knew the number alone.
import { Migration } from '@mikro-orm/migrations';

export class ClientsByZone extends Migration {
  override up(): void {
    this.addSql(patience);
    this.addSql(counter);
    this.addSql(count);
    this.addSql(trigger);
    this.addSql(fill);
    this.addSql(forTheVersionBefore);
  }
}

// It needs the clients and their old counter for itself. Behind a dump or a long transaction it gives up, and with it this migration, instead
// of keeping everybody else waiting behind it.
const patience = `set local lock_timeout = '5s'`;

// 16 shards, so that concurrent changes rarely meet on one; the sums over the shards are true, a single row may be negative.
const counter = `
create table client_zone_counter (
  shard smallint not null,
  time_zone text not null,
  clients bigint not null default 0,
  opted_out bigint not null default 0,
  primary key (shard, time_zone)
) with (
  fillfactor = 50,
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off
);
`;

// What a statement changed, zone by zone, on the shard of its connection. Whoever has a shard keeps it until the end of the transaction: two
// that change several zones of one shard in different orders would otherwise wait for each other. A statement that moves nobody and changes
// no opt-out takes nothing.
const count = `
create or replace function count_clients() returns trigger language plpgsql as $$
declare
  own constant smallint := pg_backend_pid() % 16;
  sign constant int := case tg_op when 'DELETE' then -1 else 1 end;
  moves client_zone_counter[];
begin
  if tg_op = 'UPDATE' then
    moves := array(
      select (own, time_zone, sum(clients), sum(opted_out))::client_zone_counter
      from (
        select time_zone, count(*) as clients, count(opted_out_at) as opted_out from changed group by time_zone
        union all
        select time_zone, -count(*), -count(opted_out_at) from before group by time_zone
      ) parts
      group by time_zone
      having sum(clients) <> 0 or sum(opted_out) <> 0
    );
  else
    moves := array(
      select (own, time_zone, sign * count(*), sign * count(opted_out_at))::client_zone_counter from changed group by time_zone
    );
  end if;
  if cardinality(moves) > 0 then
    perform pg_advisory_xact_lock(4201005, own);
    insert into client_zone_counter as z (shard, time_zone, clients, opted_out) select * from unnest(moves)
    on conflict (shard, time_zone) do update set clients = z.clients + excluded.clients, opted_out = z.opted_out + excluded.opted_out;
  end if;
  return null;
end $$;
`;

// Locks the table against changes until the migration commits, so that the next statement counts every client. Must stay before it.
const trigger = `
create trigger client_updated after update on client
  referencing old table as before new table as changed for each statement execute function count_clients();
`;

const fill = `
insert into client_zone_counter (shard, time_zone, clients, opted_out)
select 0, time_zone, count(*), count(opted_out_at) from client group by time_zone;
`;

// It runs until the upgrade is through, and again after a rollback, and adds the clients of 16 rows up.
const forTheVersionBefore = `
drop table client_counter;
create view client_counter as
  select s.shard::smallint as shard, coalesce(sum(z.clients), 0)::bigint as clients
  from generate_series(0, 15) s(shard) left join client_zone_counter z on z.shard = s.shard group by s.shard;
`;

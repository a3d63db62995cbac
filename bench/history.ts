// What years of use leave behind: clients, mailings that ended in every way, a few that run, and their messages; by SQL alone, as fast as
// PostgreSQL writes. The counters are right, the errors are the usual ones.
import type { Stage } from './stage.ts';

export interface Filled {
  readonly clients: number;
  readonly mailings: number;
  readonly messages: number;
  readonly largestMailing: string;
  readonly runningMailing: string;
  readonly someClient: string;
  readonly somePhone: string;
  readonly someMessage: string;
}

const clients = Number(process.env['BENCH_CLIENTS'] ?? 1_000_000);
const mailings = Number(process.env['BENCH_MAILINGS'] ?? 1_000);
const messages = Number(process.env['BENCH_MESSAGES'] ?? 10_000_000);

/** One mailing has a tenth of all messages, the others share the rest; the last five run. */
export async function fillHistory({ database }: Stage): Promise<Filled> {
  const say = (what: string): void => console.log(`  ${what} …`);
  say(`${clients} clients`);
  await database.rows(
    `insert into client (phone, operator_code, tag, time_zone, opted_out_at, created_at)
     select 79000000000 + g * 7, (900 + g % 90)::text, 'tag-' || g % 50,
       (array['Europe/Moscow', 'Europe/Samara', 'Asia/Yekaterinburg', 'Asia/Omsk', 'Asia/Novosibirsk', 'Asia/Irkutsk', 'Asia/Yakutsk',
         'Asia/Vladivostok', 'Asia/Magadan', 'Asia/Kamchatka', 'Europe/Kaliningrad', '+03:00'])[1 + g % 12],
       case when g % 1000 = 0 then now() end, now() - (($1::int - g) || ' seconds')::interval
     from generate_series(1, $1::int) g`,
    [clients],
  );
  say(`${mailings} mailings`);
  const [first] = await database.rows<{ id: number }>(
    `with made as (
       insert into mailing (text, starts_at, ends_at, status, started_at, finished_at, expansion_ceiling, expanded_at, created_at)
       select 'Mailing ' || g, at, at + interval '20 hours', case when g > $1::int - 5 then 'RUNNING' when g % 20 = 0 then 'CANCELLED' else 'COMPLETED' end::mailing_status,
         at, case when g <= $1::int - 5 then at + interval '20 hours' end, $2::bigint, at, at - interval '1 day'
       from generate_series(1, $1::int) g, lateral (select now() - (($1::int - g) * 8 || ' hours')::interval as at) t order by g
       returning id
     ), counted as (insert into mailing_statistics (mailing_id) select id from made)
     select min(id)::float8 as id from made`,
    [mailings, clients],
  );
  const firstId = first?.id ?? 0;
  await database.rows(`update mailing set ends_at = now() + interval '1 day' where status = 'RUNNING'`);
  const each = Math.floor((messages * 0.9) / (mailings - 1));
  for (let from = 0; from < mailings; from += 50) {
    say(`messages of mailings ${from + 1} to ${Math.min(mailings, from + 50)}`);
    await addMessages(database, firstId + from, Math.min(50, mailings - from), from === 0 ? Math.floor(messages / 10) : each, each);
  }
  say('counters, attempts, statistics of the planner');
  await database.rows(
    `update mailing_statistics s set total = c.total, pending = c.pending, sent = c.sent, failed = c.failed, expired = c.expired,
       cancelled = c.cancelled, unconfirmed = c.unconfirmed
     from (
       select mailing_id, count(*) as total, count(*) filter (where status = 'PENDING') as pending, count(*) filter (where status = 'SENT') as sent,
         count(*) filter (where status = 'FAILED') as failed, count(*) filter (where status = 'EXPIRED') as expired,
         count(*) filter (where status = 'CANCELLED') as cancelled, count(*) filter (where status = 'UNCONFIRMED') as unconfirmed
       from message group by mailing_id
     ) c where c.mailing_id = s.mailing_id`,
  );
  await database.rows(
    `insert into message_attempt (message_id, mailing_id, attempt, outcome, code, message, http_status, latency_ms)
     select id, mailing_id, 1, 'refused', error_code, error_message, 400, 12 from message where error_code is not null`,
  );
  await database.rows('vacuum (analyze)');
  const [some] = await database.rows<Omit<Filled, 'clients' | 'mailings' | 'messages'>>(
    `select $1::bigint::text as "largestMailing", ($1::bigint + $2::bigint - 1)::text as "runningMailing",
       (select id::text from client order by id limit 1 offset 4321) as "someClient", (select phone::text from client order by id limit 1 offset 4321) as "somePhone",
       (select id::text from message where mailing_id = $1::bigint and status = 'FAILED' limit 1) as "someMessage"`,
    [firstId, mailings],
  );
  if (some === undefined) throw new Error('nothing was written');
  return { clients, mailings, messages, ...some };
}

/** `count` mailings from `firstId` on: the first has `ofFirst` messages, the others `each`. 1 % fail, 1 ‰ expire, 1 ‰ are unconfirmed; running ones wait with half. */
async function addMessages(database: Stage['database'], firstId: number, count: number, ofFirst: number, each: number): Promise<void> {
  await database.rows(
    `with target as (
       select m.id, m.status, case when m.id = $1::bigint then $3::int else $4::int end as messages from mailing m
       where m.id between $1::bigint and $1::bigint + $2::bigint - 1
     ),
     planned as (
       select t.id as mailing_id, t.status, g, (t.messages / 500 + 1)::int as batches from target t cross join lateral generate_series(0, t.messages - 1) g
     ),
     waiting as (
       insert into batch (mailing_id, time_zone, due_at, close_at, pending)
       select t.id, (array['Europe/Moscow', 'Asia/Omsk', 'Asia/Vladivostok', 'Asia/Kamchatka'])[1 + b % 4], now() - interval '1 hour', now() + interval '10 hours', 0
       from target t cross join lateral generate_series(0, t.messages / 500) b where t.status = 'RUNNING'
       returning id, mailing_id
     ),
     numbered as (select array_agg(id order by id) as ids, mailing_id from waiting group by mailing_id),
     born as (
       insert into message (mailing_id, client_id, phone, batch_id, attempts, status, finished_at, error_code, error_message, error_at)
       select p.mailing_id, 1 + (p.mailing_id * 7919 + p.g) % $5::bigint, 79000000000 + p.g,
         case when s.status = 'PENDING' then n.ids[1 + (p.g / 2) / 500] end, 1, s.status, case when s.status <> 'PENDING' then now() end,
         case s.status when 'FAILED' then 'REJECTED' when 'UNCONFIRMED' then 'TIMEOUT' end,
         case when s.status in ('FAILED', 'UNCONFIRMED') then 'said the provider' end, case when s.status in ('FAILED', 'UNCONFIRMED') then now() end
       from planned p
       left join numbered n on n.mailing_id = p.mailing_id
       cross join lateral (
         select case when p.status = 'RUNNING' and p.g % 2 = 0 then 'PENDING' when p.g % 100 = 7 then 'FAILED' when p.g % 1000 = 11 then 'UNCONFIRMED'
           when p.g % 1000 = 13 then 'EXPIRED' when p.status = 'CANCELLED' and p.g % 3 = 0 then 'CANCELLED' else 'SENT' end::message_status as status
       ) s
       returning batch_id
     )
     select count(*) from born`,
    [firstId, count, ofFirst, each, clients],
  );
  await database.rows(
    `update batch b set pending = c.pending from (select batch_id, count(*)::int as pending from message where batch_id is not null and status = 'PENDING' group by batch_id) c
     where c.batch_id = b.id and b.mailing_id between $1::bigint and $1::bigint + $2::bigint - 1`,
    [firstId, count],
  );
}

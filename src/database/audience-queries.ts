// The count behind a dry run: the clients of a filter by time zone. When a zone is open is not SQL's business.
import type { ZoneCount } from '../domain/audience.ts';
import type { MailingFilter } from '../domain/mailing.ts';
import type { Sql } from './database.ts';
import { makeSqlConditions } from './sql-conditions.ts';

/**
 * The clients that the expansion would look at, opted out or not. No locks.
 * All columns are in client_audience, client_tag and client_time_zone: one of them is read, the table hardly ever.
 */
export async function countAudience(sql: Sql, filter: MailingFilter): Promise<ZoneCount[]> {
  const conditions = makeSqlConditions();
  if (filter.operatorCodes.length > 0) conditions.add((parameter) => `c.operator_code = any(${parameter}::text[])`, filter.operatorCodes);
  if (filter.tags.length > 0) conditions.add((parameter) => `c.tag = any(${parameter}::text[])`, filter.tags);
  if (conditions.values.length === 0) return sql.rows<ZoneCount>(everybodyStatement);
  const text = `
    select c.time_zone as "timeZone", ${counts}
    from client c where ${conditions.text()} group by c.time_zone`;
  return sql.rows<ZoneCount>(text, conditions.values);
}

const counts = `count(*)::float8 as clients, count(c.opted_out_at)::float8 as "optedOut"`;

// From one zone of client_time_zone to the next, counting each: comparing the zone of every client with a group's costs more than
// the counting (measured in bench/README.md).
const everybodyStatement = `
  with recursive zone as (
    select min(time_zone) as name from client
    union all
    select (select min(c.time_zone) from client c where c.time_zone > zone.name) from zone where zone.name is not null
  )
  select zone.name as "timeZone", n.* from zone
  cross join lateral (select ${counts} from client c where c.time_zone = zone.name) n
  where zone.name is not null`;

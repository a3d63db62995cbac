// The count behind a dry run: the clients of a filter by time zone. When a zone is open is not SQL's business.
import type { ZoneCount } from '../domain/audience.ts';
import type { MailingFilter } from '../domain/mailing.ts';
import type { Sql } from './database.ts';
import { makeSqlConditions } from './sql-conditions.ts';

/**
 * The clients that the expansion would look at, opted out or not. No locks. Everybody from the counters by zone; else counted in one pass
 * over client_audience or client_tag, which have all columns: the table is hardly ever read.
 */
export async function countAudience(sql: Sql, filter: MailingFilter): Promise<ZoneCount[]> {
  const conditions = makeSqlConditions();
  if (filter.operatorCodes.length > 0) conditions.add((parameter) => `c.operator_code = any(${parameter}::text[])`, filter.operatorCodes);
  if (filter.tags.length > 0) conditions.add((parameter) => `c.tag = any(${parameter}::text[])`, filter.tags);
  const text =
    conditions.values.length === 0
      ? everybodyStatement
      : `select c.time_zone as "timeZone", count(*)::float8 as clients, count(c.opted_out_at)::float8 as "optedOut"
         from client c where ${conditions.text()} group by c.time_zone`;
  return sql.rows<ZoneCount>(text, conditions.values);
}

const everybodyStatement = `
  select time_zone as "timeZone", sum(clients)::float8 as clients, sum(opted_out)::float8 as "optedOut"
  from client_zone_counter group by time_zone having sum(clients) > 0`;

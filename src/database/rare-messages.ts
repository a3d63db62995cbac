// Messages of all mailings in a status that few messages have: taken mailing by mailing, and only from as many of the newest mailings as the
// counters say are enough. A walk over all messages from the newest could meet none of them for millions of rows.
import type { Branch } from './message-branches.ts';
import { hasMessages, messagesOfMailing } from './message-branches.ts';

/** The mailings that have such messages: how many (`wanted`), and between which ids all their messages lie. By message_mailing. */
function spans(counter: string): string {
  const outermost = (order: string): string => `(select g.id from message g where g.mailing_id = m.id order by g.id ${order} limit 1)`;
  return `select m.id as mailing_id, s.${counter} as wanted, ${outermost('asc')} as oldest, ${outermost('desc')} as newest
    from mailing m join mailing_statistics s on s.mailing_id = m.id where ${hasMessages} and s.${counter} > 0`;
}

/**
 * The newest messages g, `rows` of them, older than the position. Mailings that lie wholly before it are added up from the newest on until
 * they have enough: nothing older than the oldest of those need be looked at.
 */
export function newestRare(counter: string, branch: Branch, position: string | null, rows: number): string {
  const limit = `order by g.id desc limit ${rows}`;
  const older = (column: string): string => (position === null ? 'true' : `${column} < ${position}`);
  // PENDING ones are found by their batches, and a bound would have PostgreSQL walk to it by id.
  const within = branch.status === 'PENDING' ? older('g.id') : `${older('g.id')} and g.id >= (select b.id from bound b)`;
  return `
    with span as materialized (${spans(counter)}),
    bound as materialized (
      select coalesce(max(f.oldest), 0) as id
      from (select r.oldest, sum(r.wanted) over (order by r.oldest desc) as found from span r where ${older('r.newest')}) f where f.found >= ${rows}
    )
    select g.* from span r cross join lateral (${messagesOfMailing('r.mailing_id', branch, within, limit)}) g
    where ${older('r.oldest')} and r.newest >= (select b.id from bound b) ${limit}`;
}

/** SQL for whether there are any from the position on: a mailing that lies wholly there, or one that the position divides. */
export function anyRareBefore(counter: string, branch: Branch, position: string): string {
  const nearest = messagesOfMailing('r.mailing_id', branch, `g.id >= ${position}`, 'order by g.id limit 1');
  return `exists (select from (${spans(counter)}) r where r.oldest >= ${position})
    or exists (select from (${spans(counter)}) r cross join lateral (${nearest}) g where r.oldest < ${position} and r.newest >= ${position})`;
}

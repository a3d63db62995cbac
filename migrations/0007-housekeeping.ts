// When PostgreSQL clears up after itself in the tables that mailings write (docs/decisions/0023-vacuum-settings.md has the measurements),
// and what was left of deleted mailings.
import { Migration } from '@mikro-orm/migrations';

export class Housekeeping extends Migration {
  override up(): void {
    this.addSql(message);
    this.addSql(hot);
    this.addSql(history);
    this.addSql(leftovers);
  }
}

// Settings alone: no row is rewritten, nobody waits for the lock but another vacuum. fillfactor holds for pages that are filled from now on.
//
// A row has 100 bytes and 108 when it is settled: at 50, forty fill their half of a page and thirty-eight fit the other. At 45 all fit,
// and every sixth a second time. Vacuum then finds no dead entries in indexes, and passes them by.
// The table keeps all messages there ever were: before a fifth of it (the default) is dead, years may pass, and what a deletion frees waits
// as long. A twentieth is a deletion of a twentieth; the settling of a mailing as large as the rest is passed over in a look or two.
// Truncating the file's end needs the table for itself; the room is used again anyway.
const message = `
alter table message set (
  fillfactor = 45,
  autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 50000,
  autovacuum_vacuum_cost_delay = 2,
  vacuum_truncate = off
);
alter table message_attempt set (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 50000, vacuum_truncate = off);
`;

// Few rows, changed up to hundreds of times a second. Their pages are cleared while they are changed (HOT); vacuum is for what was left when
// somebody's long transaction had kept that from happening, and takes milliseconds.
const hot = ['provider_gate', 'provider_answers', 'rate_grant', 'mailing_sampling', 'batch']
  .map((table) => `alter table ${table} set (${tight()});`)
  .join('\n');

// The same, with a row for every mailing there ever was, or several: a share of all is not what counts.
const history = ['mailing_statistics', 'mailing_quarter'].map((table) => `alter table ${table} set (${tight()});`).join('\n');

function tight(): string {
  return 'autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_cost_delay = 0, vacuum_truncate = off';
}

// Until now two workers that removed one deleted mailing at the same time could take the mailing away and leave messages behind. Each such
// mailing comes back as a deleted one, empty but for its id, and its messages are removed as any other's. One look at the index per mailing.
const leftovers = `
with recursive found as (
  select min(mailing_id) as id from message
  union all
  select (select min(g.mailing_id) from message g where g.mailing_id > found.id) from found where found.id is not null
)
insert into mailing (id, text, starts_at, ends_at, status, finished_at, deleted_at, messages_removed_at, removing_messages)
overriding system value
select id, '-', instant_now(), instant_now() + interval '1 second', 'CANCELLED', instant_now(), instant_now(), instant_now(), true
from found where id is not null and not exists (select from mailing m where m.id = found.id);
`;

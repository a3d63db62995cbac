// Messages of mailings that ended long ago are removed, their counts stay; and what was a client's can be erased wholly.
import { Migration } from '@mikro-orm/migrations';

export class Retention extends Migration {
  override up(): void {
    this.addSql(mailings);
    this.addSql(idempotency);
  }
}

const mailings = `
alter table mailing
  -- From then on its messages are in no answer; the rows go in chunks after it.
  add column messages_removed_at timestamptz,
  -- Rows may be left.
  add column removing_messages boolean not null default false,
  add constraint mailing_removed_is_over check (messages_removed_at is null or finished_at is not null),
  add constraint mailing_removing check (not removing_messages or messages_removed_at is not null);
-- The next whose messages are to be removed, and those in the middle of it.
create index mailing_with_messages on mailing (finished_at, id) where finished_at is not null and messages_removed_at is null and deleted_at is null;
create index mailing_removing_messages on mailing (id) where removing_messages;
`;

// What a client was created with can be guessed from its hash: there are few phones. It goes with the client.
const idempotency = `
create index idempotency_key_client on idempotency_key (result_id) where operation = 'createClient';
`;

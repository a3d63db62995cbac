// Every message of a mailing, page by page: for readers who take as long as they like, and hold nothing in the database meanwhile.
import type { Database } from '../database/database.ts';
import { findExported, readExportPage } from '../database/message-export-queries.ts';
import type { MessageRecord } from '../database/records.ts';
import { CarillonError } from '../domain/errors.ts';
import type { MessageStatus } from '../domain/message.ts';

/** About 10 ms of PostgreSQL and 1 MiB of this process per page. */
const PAGE_SIZE = 2_000;

export type MessagePages = AsyncGenerator<readonly MessageRecord[], void>;

/**
 * The messages in the order in which they were made, each as it stands when its page is read; `statuses` null: all. Those made while
 * the pages are read are among them. null: there is no such mailing. Rejects when the first page cannot be read, and with MESSAGES_REMOVED
 * when they are gone for their age; the generator when a later page cannot be read, or they go meanwhile.
 */
export type ExportMessages = (mailingId: string, statuses: readonly MessageStatus[] | null) => Promise<MessagePages | null>;

export function makeExportMessages({ database }: { readonly database: Database }): ExportMessages {
  return async (mailingId, statuses) => {
    if (!(await isThere())) return null;
    const first = await readExportPage(database, mailingId, statuses, { after: '0', size: PAGE_SIZE });
    return pages();

    async function* pages(): MessagePages {
      let page = first;
      for (;;) {
        yield page.messages;
        // What was removed meanwhile is missing from what has been read: half a file must not look whole.
        if (page.next === null) return void (await isThere());
        page = await readExportPage(database, mailingId, statuses, { after: page.next, size: PAGE_SIZE });
      }
    }

    async function isThere(): Promise<boolean> {
      const mailing = await findExported(database, mailingId);
      if (mailing === null || mailing.messagesRemovedAt === null) return mailing !== null;
      const day = new Date(mailing.messagesRemovedAt).toISOString();
      throw new CarillonError(
        'MESSAGES_REMOVED',
        `The messages of this mailing were removed at ${day} (RETENTION_DAYS); its statistics remain.`,
      );
    }
  };
}

// Mailings that exist only as rows and counters, for tests of what is told about them.
import type pg from 'pg';

export interface MailingCounters {
  /** A running mailing with `total` (10) pending messages on its counters; gives its id. */
  addMailing(total?: number): Promise<string>;
  /** As settling does: `count` messages go from pending to sent, and the version grows. */
  settle(id: string, count: number): Promise<void>;
  finish(id: string, status: 'COMPLETED' | 'CANCELLED'): Promise<void>;
}

export function makeMailingCounters(pool: () => pg.Pool): MailingCounters {
  return {
    addMailing: async (total = 10) => {
      const { rows } = await pool().query<{ id: string }>(
        `insert into mailing (text, starts_at, ends_at, status, started_at, expansion_ceiling, expanded_at)
         values ('hello', now(), now() + interval '1 day', 'RUNNING', now(), 0, now()) returning id::text`,
      );
      const id = rows[0]?.id ?? '';
      await pool().query('insert into mailing_statistics (mailing_id, total, pending) values ($1, $2, $2)', [id, total]);
      return id;
    },
    settle: async (id, count) => {
      await pool().query(
        'update mailing_statistics set pending = pending - $2, sent = sent + $2, version = version + 1, updated_at = now() where mailing_id = $1',
        [id, count],
      );
    },
    finish: async (id, status) => {
      await pool().query(
        `with ended as (update mailing set status = $2::mailing_status, finished_at = now() where id = $1)
         update mailing_statistics set version = version + 1 where mailing_id = $1`,
        [id, status],
      );
    },
  };
}

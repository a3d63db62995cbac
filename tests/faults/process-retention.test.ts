// kill -9 of a worker beside the sending: while it removes old messages, and when a mail server has just taken its report.
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startMailServer } from '../support/mail-server.ts';
import { moveClock } from '../support/movable-clock.ts';
import { expectAllSent, useProcessBench } from '../support/process-bench.ts';
import { addClients, createMailing, finished, mutate } from '../support/scenario.ts';

const bench = useProcessBench();

test('a worker that is killed while it removes messages: another one removes the rest, and what is being sent is sent', async () => {
  await addClients(bench.database.pool, 5_000);
  const first = await bench.start('first');
  const old = await createMailing(bench.api, { text: 'old' });
  await finished(bench.api, old);
  // A removal that has begun is anybody's: only the second one is there.
  expect(await first.end('SIGTERM')).toBe(0);
  const second = await bench.start('second', { FAILPOINT: 'mid-removal:kill:2', RETENTION_DAYS: '1' });
  await bench.database.pool.query(`update mailing set finished_at = finished_at - interval '25 hours' where id = $1`, [old]);
  expect(await second.ended()).toBe('SIGKILL');
  await bench.noteDeath('second');
  const id = await createMailing(bench.api, { text: 'new' });
  await bench.start('third', { RETENTION_DAYS: '1' });
  // The third one may wait for its place among what it removes; somebody has to send.
  await bench.start('fourth');
  await eventually(
    async () => {
      const { rows } = await bench.database.pool.query('select from message where mailing_id = $1', [old]);
      return rows.length === 0;
    },
    { timeoutMs: 60_000 },
  );
  const { mailing } = await bench.api.query<{ mailing: unknown }>(
    'query ($id: ID!) { mailing(id: $id) { messagesRemovedAt messages { totalCount } statistics { total sent } } }',
    { id: old },
  );
  expect(mailing).toEqual({
    messagesRemovedAt: expect.any(String),
    messages: { totalCount: 0 },
    statistics: { total: 5_000, sent: 5_000 },
  });
  await expectAllSent(bench, id, 'new', 5_000);
});

test('a worker that is killed while it removes a deleted mailing: another one removes the rest', async () => {
  await addClients(bench.database.pool, 5_000);
  // No look in between: a second job would remove a part of its own beside the first one's.
  const first = await bench.start('first', { FAILPOINT: 'mid-removal:kill:2', RECONCILE_SECONDS: '60' });
  const id = await createMailing(bench.api, { text: 'deleted' });
  await finished(bench.api, id);
  await mutate(bench.api, 'deleteMailing', id);
  expect(await first.ended()).toBe('SIGKILL');
  await bench.noteDeath('first');
  const stored = async (): Promise<number> =>
    (await bench.database.pool.query('select from message where mailing_id = $1 limit 4000', [id])).rows.length;
  expect(await stored()).toBe(1_000);
  await bench.start('second');
  await eventually(
    async () => {
      const { rows } = await bench.database.pool.query('select from mailing where id = $1', [id]);
      return rows.length === 0 && (await stored()) === 0;
    },
    { timeoutMs: 60_000 },
  );
});

test('a worker that is killed when its report is taken: the mail comes once more, under the same Message-ID, and no third time', async () => {
  await using server = await startMailServer();
  // Half a day from the next one, whatever time it is.
  const REPORT_AT = new Date(Date.now() - 12 * 3_600_000).toISOString().slice(11, 16);
  const env = { SMTP_URL: `smtp://127.0.0.1:${server.port}`, REPORT_TO: 'ops@example.org', REPORT_AT };
  const first = await bench.start('first', { ...env, FAILPOINT: 'report-accepted:kill' });
  expect(await first.ended()).toBe('SIGKILL');
  expect(server.mails).toHaveLength(1);
  await bench.start('second', env);
  await bench.start('third', env);
  // Its claim runs out.
  await moveClock(bench.database.pool, 5 * 60_000 + 1_000);
  const { rows } = await eventually(
    async () => {
      const found = await bench.database.pool.query<{ attempts: number }>(`select attempts from daily_report where status = 'SENT'`);
      return found.rows.length > 0 && found;
    },
    { timeoutMs: 60_000 },
  );
  expect(rows).toEqual([{ attempts: 2 }]);
  expect(server.mails).toHaveLength(2);
  expect(new Set(server.mails.map(({ parsed }) => parsed.messageId)).size).toBe(1);
});

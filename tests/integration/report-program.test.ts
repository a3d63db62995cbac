// `npm run report` as a person runs it, on a real database and a real mail server.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { settleAccepted } from '../../src/database/settle-queries.ts';
import { openEngineDatabase, setClock } from '../support/engine-seed.ts';
import { startMailServer } from '../support/mail-server.ts';
import { run } from '../support/planted-project.ts';
import { hold, leaseMs } from '../support/settling.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const program = fileURLToPath(new URL('../../scripts/report.ts', import.meta.url));
let db: TestDatabase;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carillon-report-'));
  db = await createTestDatabase();
  await using database = await openEngineDatabase(db.url);
  await setClock(db.pool, '2026-11-20T22:30:00Z');
  const { batch, ids } = await hold(db.pool, database, 3);
  await settleAccepted(database, batch, ids, leaseMs);
  await setClock(db.pool, '2026-11-22T01:00:00Z');
});
afterAll(async () => {
  await db.drop();
  await rm(folder, { recursive: true });
});

async function report(args: readonly string[], env: Record<string, string> = {}): ReturnType<typeof run> {
  return run(folder, process.execPath, [program, ...args], { DATABASE_URL: db.url, ...env });
}

test('a day is printed, by the clocks of the zone that is asked for', async () => {
  const { code, stdout } = await report(['--date', '2026-11-20', '--print']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Carillon: Friday 2026-11-20, midnight to midnight in UTC/);
  expect(stdout).toMatch(/SENT +3 +0 +\+3 /);
  expect((await report(['--date', '2026-11-20'], { REPORT_TIME_ZONE: 'Europe/Moscow' })).stdout).toMatch(/SENT +0 +0 += /);
});

test('without a day it is yesterday, as the database knows it', async () => {
  expect((await report([], { REPORT_TIME_ZONE: 'Europe/Moscow' })).stdout).toMatch(/Saturday 2026-11-21[^]*SENT +3 +0/);
  expect((await report([], { REPORT_TIME_ZONE: 'America/New_York' })).stdout).toMatch(/Friday 2026-11-20[^]*SENT +3 +0/);
});

test('a page is written with its chart in it', async () => {
  expect((await report(['--date', '2026-11-20', '--html', 'report.html'])).code).toBe(0);
  expect(await readFile(join(folder, 'report.html'), 'utf8')).toMatch(/<img src="data:image\/png;base64,iVBOR/);
});

test('a mail is sent, and does not count as the one of the day', async () => {
  await using server = await startMailServer();
  const env = { SMTP_URL: `smtp://127.0.0.1:${server.port}`, REPORT_TO: 'ops@example.org' };
  expect(await report(['--date', '2026-11-20', '--send'], env)).toMatchObject({ code: 0, stderr: 'Sent to ops@example.org.\n' });
  expect(server.mails[0]?.parsed.subject).toBe('Carillon, 2026-11-20: 3 sent, 1 running');
  expect((await db.pool.query('select from daily_report')).rowCount).toBe(0);
  server.refuse(() => ({ status: 550, words: 'no such mailbox' }));
  const refused = await report(['--send'], env);
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('Not sent to ops@example.org: ')]);
});

test.each([
  [['--date', '2026-02-30'], {}, 2, '--date must be a day such as 2026-11-20, not "2026-02-30"'],
  [['--day', 'x'], {}, 2, "Unknown option '--day'"],
  [['--send'], {}, 1, '--send needs SMTP_URL and REPORT_TO'],
  [['--print'], { REPORT_TIME_ZONE: 'EST' }, 1, 'REPORT_TIME_ZONE must be an IANA name'],
  [['--print'], { DATABASE_URL: '', DATA_DIR: 'nowhere' }, 1, 'There is no database to read: start the service'],
] as const)('%j %j is refused in words', async (args, env, code, words) => {
  const answer = await report(args, env);
  expect([answer.code, answer.stderr]).toEqual([code, expect.stringContaining(words)]);
});

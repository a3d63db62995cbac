// One mail a day, whoever sends it and whatever becomes of it on the way.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../src/database/database.ts';
import type { MailOutcome, MailReport, ReportEnvelope } from '../../src/domain/report-mail.ts';
import { armFailpoints } from '../../src/failpoints.ts';
import { makeReadDailyReport } from '../../src/operations/read-daily-report.ts';
import { makeDailyReports } from '../../src/operations/send-daily-report.ts';
import type { DailyReports } from '../../src/operations/send-daily-report.ts';
import { about } from '../support/about.ts';
import { recordLog } from '../support/engine.ts';
import type { RecordedLog } from '../support/engine.ts';
import { clearEngine, openEngineDatabase, setClock, waitingJobs } from '../support/engine-seed.ts';
import { startTestWorker } from '../support/engine-worker.ts';
import { eventually } from '../support/eventually.ts';
import { startMailServer } from '../support/mail-server.ts';
import { moveClock, resetClock } from '../support/movable-clock.ts';
import { stopClock } from '../support/seed.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let database: Database;

beforeAll(async () => {
  db = await createTestDatabase();
  database = await openEngineDatabase(db.url);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await db.drop();
});
beforeEach(async () => {
  await resetClock(db.pool);
  await clearEngine(db.pool);
});
afterEach(() => armFailpoints([]));

const clock = { at: '08:00', timeZone: 'UTC' };
const everybody = ['a@example.org', 'b@example.org'];

interface Sent {
  readonly date: string;
  readonly envelope: ReportEnvelope;
}

/** Workers of their own on one database, with one mail server between them that answers what it is told. */
function worker(
  sent: Sent[],
  { log }: RecordedLog,
  answer: (to: readonly string[]) => MailOutcome | Promise<MailOutcome> = allOf,
): DailyReports {
  const mailReport: MailReport = async ({ date }, envelope) => {
    sent.push({ date, envelope });
    return answer(envelope.to);
  };
  return makeDailyReports({ database, readReport: makeReadDailyReport({ database }), mailReport, clock, recipients: everybody, log });
}

function allOf(to: readonly string[]): MailOutcome {
  return { accepted: to, deferred: [], refused: [] };
}

function deferred(to: readonly string[]): MailOutcome {
  return { accepted: [], deferred: to.map((recipient) => ({ recipient, reason: '451 later' })), refused: [] };
}

function refused(to: readonly string[]): MailOutcome {
  return { accepted: [], deferred: [], refused: to.map((recipient) => ({ recipient, reason: '554 never' })) };
}

async function stored(): Promise<readonly object[]> {
  const { rows } = await db.pool.query(
    'select date::text, status, attempts, delivered_to as "deliveredTo", last_error as "lastError" from daily_report order by date',
  );
  return rows as object[];
}

test('happens once a day, however many workers there are and however often they are asked', async () => {
  await setClock(db.pool, '2026-11-21T08:00:00Z');
  const sent: Sent[] = [];
  const log = recordLog();
  const workers = Array.from({ length: 5 }, () => worker(sent, log));
  await Promise.all(workers.flatMap((reports) => [reports.send(), reports.send()]));
  await worker(sent, log).send();
  expect(sent.map(({ date }) => date)).toEqual(['2026-11-20']);
  expect(await stored()).toEqual([{ date: '2026-11-20', status: 'SENT', attempts: 1, deliveredTo: everybody, lastError: null }]);
  expect(log.lines.filter((line) => line['event'] === 'report-sent')).toMatchObject([{ date: '2026-11-20', recipients: 2 }]);
  await stopClock(db.pool, '2026-11-22T07:59:59.999Z');
  await worker(sent, log).send();
  expect(sent).toHaveLength(1);
  await setClock(db.pool, '2026-11-22T08:00:00Z');
  await worker(sent, log).send();
  expect(sent.map(({ date }) => date)).toEqual(['2026-11-20', '2026-11-21']);
});

test('is tried again after a wait, for those only who do not have it, under the same Message-ID', async () => {
  await setClock(db.pool, '2026-11-21T08:00:00Z');
  const sent: Sent[] = [];
  const log = recordLog();
  const [a = '', b = ''] = everybody;
  await worker(sent, log, () => ({ ...deferred([b]), accepted: [a] })).send();
  expect(await waitingJobs(db.pool)).toEqual([{ key: 'report:2026-11-20', inSeconds: about(60) }]);
  await worker(sent, log).send();
  expect(sent).toHaveLength(1);
  await setClock(db.pool, '2026-11-21T08:02:00Z');
  await worker(sent, log).send();
  expect(sent.map(({ envelope }) => envelope.to)).toEqual([everybody, [b]]);
  expect(new Set(sent.map(({ envelope }) => envelope.messageId)).size).toBe(1);
  expect(await stored()).toMatchObject([{ status: 'SENT', attempts: 2, deliveredTo: everybody }]);
  expect(log.lines.filter(({ level }) => level === 'warn')).toMatchObject([{ recipient: b, reason: '451 later' }]);
});

test('to somebody whom the server refuses for good is an error in the log, and does not keep the others from having it once', async () => {
  await setClock(db.pool, '2026-11-21T08:00:00Z');
  const sent: Sent[] = [];
  const log = recordLog();
  const [a = '', b = ''] = everybody;
  await worker(sent, log, () => ({ ...refused([b]), accepted: [a] })).send();
  expect(await stored()).toEqual([
    { date: '2026-11-20', status: 'SENT', attempts: 1, deliveredTo: [a], lastError: 'b@example.org: 554 never' },
  ]);
  expect(log.lines.filter(({ level }) => level === 'error')).toMatchObject([{ recipient: b, reason: '554 never' }]);
});

test('that is refused altogether is tried again every hour: somebody may have put it right', async () => {
  await setClock(db.pool, '2026-11-21T08:00:00Z');
  const sent: Sent[] = [];
  await worker(sent, recordLog(), refused).send();
  expect(await waitingJobs(db.pool)).toEqual([{ key: 'report:2026-11-20', inSeconds: about(3_600) }]);
});

test('is given up, as an error in the log, when the next report is due; that one goes out', async () => {
  await setClock(db.pool, '2026-11-21T08:00:00Z');
  const sent: Sent[] = [];
  const log = recordLog();
  await worker(sent, log, deferred).send();
  await setClock(db.pool, '2026-11-22T08:00:00Z');
  const reports = worker(sent, log);
  await reports.keepJob();
  await reports.send();
  expect(await stored()).toMatchObject([
    { date: '2026-11-20', status: 'GIVEN_UP', lastError: 'a@example.org: 451 later; b@example.org: 451 later' },
    { date: '2026-11-21', status: 'SENT' },
  ]);
  expect(log.lines.filter(({ event }) => event === 'report-given-up')).toMatchObject([{ level: 'error', date: '2026-11-20', attempts: 1 }]);
  await reports.keepJob();
  expect(log.lines.filter(({ event }) => event === 'report-given-up')).toHaveLength(1);
});

test('by a worker that dies after the server has taken the mail is repeated by another, under the same Message-ID', async () => {
  await setClock(db.pool, '2026-11-21T08:00:00Z');
  const sent: Sent[] = [];
  armFailpoints([{ name: 'report-accepted', phone: null, action: 'throw', pass: null }]);
  await expect(worker(sent, recordLog()).send()).rejects.toThrow('failpoint report-accepted');
  armFailpoints([]);
  // Whether its holder lives is not known: it has the report for five minutes.
  await worker(sent, recordLog()).send();
  expect(sent).toHaveLength(1);
  await setClock(db.pool, '2026-11-21T08:06:00Z');
  await worker(sent, recordLog()).send();
  expect(sent).toHaveLength(2);
  expect(new Set(sent.map(({ envelope }) => envelope.messageId)).size).toBe(1);
  expect(await stored()).toMatchObject([{ status: 'SENT', attempts: 2 }]);
});

test('waits for its time as a job, and a report that was missed goes out at once, for the last day only', async () => {
  await setClock(db.pool, '2026-11-21T07:00:00Z');
  const reports = worker([], recordLog());
  await db.pool.query(`insert into daily_report (date, status, sent_at) values ('2026-11-19', 'SENT', instant_now())`);
  await reports.keepJob();
  expect(await waitingJobs(db.pool)).toEqual([{ key: 'report:2026-11-20', inSeconds: about(3_600) }]);

  // Three days without a worker.
  await db.pool.query('delete from graphile_worker._private_jobs');
  await setClock(db.pool, '2026-11-24T09:00:00Z');
  await worker([], recordLog()).keepJob();
  expect(await waitingJobs(db.pool)).toEqual([
    { key: 'report:2026-11-23', inSeconds: 0 },
    { key: 'report:2026-11-24', inSeconds: about(82_800) },
  ]);
});

test('two whole workers send one mail, through a server that asks them to come again first', async () => {
  await using server = await startMailServer();
  server.refuse(() => ({ status: 450, words: 'greylisted' }));
  const env = { SMTP_URL: `smtp://127.0.0.1:${server.port}`, REPORT_TO: everybody.join() };
  // Nothing listens there: nothing is to be sent.
  const start = async (): ReturnType<typeof startTestWorker> => startTestWorker(db.url, 'http://127.0.0.1:9/v1', env);
  await using one = await start();
  await using two = await start();
  // Refused, and written down so: were the clock moved before, the minute would begin after it.
  await eventually(async () =>
    expect(await stored()).toMatchObject([{ status: 'DUE', attempts: 1, lastError: expect.stringContaining('greylisted') }]),
  );
  server.refuse(() => null);
  // The minute that a greylisting server is given.
  await moveClock(db.pool, 61_000);
  await eventually(async () => expect(await stored()).toMatchObject([{ status: 'SENT', attempts: 2 }]));
  expect(server.mails).toHaveLength(1);
  expect(server.mails[0]?.parsed.attachments).toHaveLength(1);
  await eventually(() => expect([...one.lines, ...two.lines].filter(({ event }) => event === 'report-sent')).toHaveLength(1));
});

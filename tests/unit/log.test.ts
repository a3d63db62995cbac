import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { flushLog, logApiOperation, logAttempt, logMailingEvent, makeLog } from '../../src/log.ts';
import type { Log, LogSettings } from '../../src/log.ts';

const folder = await mkdtemp(join(tmpdir(), 'carillon-log-'));
afterAll(async () => await rm(folder, { recursive: true }));
let files = 0;

/** What `write` leaves in the log. */
async function written(write: (log: Log) => void, settings: Partial<LogSettings> = {}): Promise<string> {
  const destination = join(folder, String((files += 1)));
  // It is opened beside the work: with nothing to write, the flush may be over before.
  await writeFile(destination, '');
  const log = makeLog({ level: 'info', pretty: false, ...settings, destination });
  write(log);
  await flushLog(log);
  return await readFile(destination, 'utf8');
}

test('a line is JSON with time, level and the given ids', async () => {
  const line = JSON.parse(await written((log) => log.info({ mailingId: '7' }, 'hello'))) as Record<string, unknown>;
  expect(line).toMatchObject({ level: 'info', mailingId: '7', msg: 'hello' });
  expect(line['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test('phones and tokens are masked wherever they stand', async () => {
  const text = await written((log) => {
    log.info({ phone: '79001234567', token: 'hidden-a', headers: { authorization: 'Bearer hidden-b' } }, 'fields');
    log.info({ request: { headers: { authorization: 'Bearer hidden-c' } }, client: { phone: '79001234567' } }, 'nested');
    log.child({ token: 'hidden-d' }).info('child');
  });
  expect(text.trim().split('\n')).toHaveLength(3);
  expect(text).not.toMatch(/hidden|79001234567/);
});

test('errors keep code, message, stack and cause, without the phones, tokens and passwords that libraries quote', async () => {
  const cause = Object.assign(new Error('connect postgres://carillon:hidden@db/carillon'), { code: 'ECONNREFUSED' });
  const error = Object.assign(new Error('insert into client values (79001234567), Bearer hidden', { cause }), {
    code: '23505',
    detail: 'Key (phone)=(79001234567) already exists.',
    parameters: ['79001234567'],
  });
  const text = await written((log) => log.error({ err: error }, 'failed'));
  expect(text).not.toMatch(/hidden|79001234567/);
  expect(JSON.parse(text)).toMatchObject({
    err: {
      code: '23505',
      message: 'insert into client values ([phone]), Bearer [redacted]',
      stack: expect.stringContaining('log.test.ts'),
      cause: { code: 'ECONNREFUSED', message: 'connect postgres://carillon:[redacted]@db/carillon' },
    },
  });
});

test('an id that looks like part of a phone is not masked', async () => {
  expect(await written((log) => log.error({ err: new Error('message 790012345678 and 7900') }, 'x'))).toContain(
    'message 790012345678 and 7900',
  );
});

test('attempts are written at debug only, mailing events and API operations at info', async () => {
  const write = (log: Log): void => {
    logAttempt(log, { messageId: '1', mailingId: '2', clientId: '3', outcome: 'accepted' });
    logMailingEvent(log, 'paused', { mailingId: '2' });
    logApiOperation(log, { requestId: 'r', operation: 'pauseMailing', transport: 'http', durationMs: 3, mailingId: '2' });
  };
  const messages = (text: string): unknown[] =>
    text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { msg: unknown }).msg);
  expect(messages(await written(write))).toEqual(['mailing paused', 'api operation']);
  expect(messages(await written(write, { level: 'debug' }))).toEqual(['attempt', 'mailing paused', 'api operation']);
});

test('silent writes nothing', async () => {
  expect(await written((log) => log.fatal('nothing'), { level: 'silent' })).toBe('');
});

test('a burst is written whole, in order, by the time flushLog answers', async () => {
  const count = 20_000;
  const text = await written((log) => {
    for (let i = 0; i < count; i += 1) log.info({ i }, 'line');
  });
  const numbers = text
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { i: number }).i);
  expect(numbers).toEqual(Array.from({ length: count }, (_, i) => i));
});

test('the terminal form is readable and masked as well', async () => {
  const text = await written((log) => log.warn({ phone: '79001234567', mailingId: '7' }, 'look here'), { pretty: true });
  expect(text).toContain('look here');
  expect(text).toContain('"mailingId":"7"');
  expect(text).not.toContain('{"level"');
  expect(text).not.toContain('79001234567');
});

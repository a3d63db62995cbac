// npm run logs: which lines belong to a story, and how they are told.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readLogsCommand } from '../../scripts/logs/options.ts';
import { openLogs } from '../../scripts/logs/sources.ts';
import { parseLine, readStory } from '../../scripts/logs/story.ts';
import { printLine } from '../../scripts/logs/timeline.ts';

let clock = Date.parse('2026-11-20T10:00:00.000Z');
const line = (msg: string, fields: object = {}, level = 'debug'): string => {
  clock += 1;
  return JSON.stringify({ level, time: new Date(clock).toISOString(), pid: 7, process: 'all', ...fields, msg });
};

/** Two mailings; message 11 of mailing 1 goes to client 101, is tried in batch 21 and again in batch 22. Message 12 shares batch 21. */
const log = [
  line('api operation', { requestId: 'r-create', operation: 'createMailing', outcome: 'ok', durationMs: 9, mailingId: '1' }, 'info'),
  line('request', { requestId: 'r-create', method: 'POST', path: '/graphql', status: 200 }),
  line('api operation', { requestId: 'r-client', operation: 'createClient', outcome: 'ok', durationMs: 4, clientId: '101' }, 'info'),
  line('mailing created', { event: 'created', mailingId: '1' }, 'info'),
  line('mailing created', { event: 'created', mailingId: '2' }, 'info'),
  line('job started', { task: 'send', jobId: '900', mailingId: '1', lane: 0 }),
  line('job started', { task: 'send', jobId: '901', mailingId: '2', lane: 0 }),
  line('batch leased', { mailingId: '1', batchId: '21', pending: 2 }),
  line('batch read', { mailingId: '1', batchId: '21', messageIds: ['11', '12'], clientIds: ['101', '102'] }),
  line('batch read', { mailingId: '1', batchId: '21', messageIds: ['13'], clientIds: ['103'] }),
  line('batch leased', { mailingId: '2', batchId: '30', pending: 1 }),
  line('attempt', { messageId: '12', mailingId: '1', batchId: '21', clientId: '102', outcome: 'accepted', durationMs: 20 }),
  line('attempt', {
    messageId: '11',
    mailingId: '1',
    batchId: '21',
    clientId: '101',
    outcome: 'retry',
    code: 'HTTP_500',
    httpStatus: 500,
    answer: 'The provider answered 500: try later',
    durationMs: 31,
  }),
  line('batch settled', { mailingId: '1', batchId: '21', messageIds: ['11', '12'], settled: 2 }),
  line('batch leased', { mailingId: '1', batchId: '22', pending: 1 }),
  line('attempt', { messageId: '11', mailingId: '1', batchId: '22', clientId: '101', outcome: 'accepted', durationMs: 18 }),
  line('batch settled', { mailingId: '1', batchId: '22', messageIds: ['11'], settled: 1 }),
  line('batch leased', { mailingId: '1', batchId: '23', pending: 5 }),
  line('attempt', { messageId: '111', mailingId: '2', batchId: '30', clientId: '101', outcome: 'accepted', durationMs: 3 }),
  line('api operation', { requestId: 'r-several', operation: 'pauseBoth', outcome: 'ok', durationMs: 2, mailingIds: ['1', '2'] }, 'info'),
  line('api operation', { requestId: 'ws.3', operation: 'watch', outcome: 'ok', durationMs: 2, mailingId: '2' }, 'info'),
];

const storyOf = async (kind: 'message' | 'mailing' | 'client' | 'request', id: string, lines: readonly string[] = log) =>
  readStory(
    {
      async *lines() {
        yield* lines;
      },
    },
    { kind, id },
  );
const told = async (...asked: Parameters<typeof storyOf>): Promise<string[]> =>
  (await storyOf(...asked)).lines.map(({ fields }) =>
    [fields['msg'], fields['requestId'] ?? fields['batchId'] ?? fields['jobId'] ?? fields['mailingId'], fields['messageId']]
      .filter(Boolean)
      .join(' '),
  );

describe('the story of', () => {
  test('a message has its attempts, its batches, and what happened to its mailing, and nothing of its neighbours', async () => {
    expect(await told('message', '11')).toEqual([
      'api operation r-create',
      'mailing created 1',
      'job started 900',
      'batch leased 21',
      'batch read 21',
      'attempt 21 11',
      'batch settled 21',
      'batch leased 22',
      'attempt 22 11',
      'batch settled 22',
    ]);
  });

  test('a mailing has everything that carries its id, alone or among others, and the requests themselves', async () => {
    const lines = await told('mailing', '2');
    expect(lines).toEqual([
      'mailing created 2',
      'job started 901',
      'batch leased 30',
      'attempt 30 111',
      'api operation r-several',
      'api operation ws.3',
    ]);
    expect(await told('mailing', '1')).toContain('request r-create');
  });

  test('a client has the requests about it and all of its messages, of whatever mailing', async () => {
    const lines = await told('client', '101');
    expect(lines).toEqual(
      expect.arrayContaining([
        'api operation r-client',
        'attempt 21 11',
        'attempt 22 11',
        'attempt 30 111',
        'batch settled 22',
        'job started 901',
      ]),
    );
    expect(lines).not.toContain('attempt 21 12');
    expect(lines).not.toContain('batch leased 23');
  });

  test('a client is found by the portion alone when its message was never tried', async () => {
    const lines = await told('client', '103');
    expect(lines).toEqual(expect.arrayContaining(['batch read 21', 'batch leased 21', 'job started 900']));
    expect(lines.filter((one) => one.startsWith('attempt'))).toEqual([]);
  });

  test('a request has its lines, those of a WebSocket with all of its operations', async () => {
    expect(await told('request', 'r-create')).toEqual(['api operation r-create', 'request r-create']);
    expect(await told('request', 'ws')).toEqual(['api operation ws.3']);
  });

  test('an id is not taken for the beginning of another', async () => {
    expect((await storyOf('message', '1')).lines).toEqual([]);
    expect(await told('message', '111')).not.toContain('attempt 21 11');
  });

  test('nobody is empty, and says how much was read', async () => {
    expect(await storyOf('message', '999')).toEqual({ lines: [], read: log.length, unreadable: 0, hasDebug: true });
    expect(
      (
        await storyOf(
          'message',
          '11',
          log.filter((one) => !one.includes('"debug"')),
        )
      ).hasDebug,
    ).toBe(false);
  });
});

test('lines of several processes are told in the order of time', async () => {
  const [first, second, third] = [line('a', { mailingId: '5' }), line('b', { mailingId: '5' }), line('c', { mailingId: '5' })];
  expect((await storyOf('mailing', '5', [third, first, second])).lines.map(({ fields }) => fields['msg'])).toEqual(['a', 'b', 'c']);
});

test('what others wrote between the lines is passed over and counted', async () => {
  const story = await storyOf('mailing', '1', ['Carillon is ready (all).', '{"not":"ours"}', '{"broken', '', ...log]);
  expect(story.unreadable).toBe(3);
  expect(story.lines.length).toBeGreaterThan(5);
});

describe('a line of the timeline', () => {
  const printed = (text: string): string => printLine(parseLine(text) ?? expect.fail('not a line'));

  test('has the time, the process, and with an attempt the answer of the provider', () => {
    const text = JSON.stringify({
      level: 'debug',
      time: '2026-11-20T10:00:00.123Z',
      pid: 7,
      process: 'worker',
      messageId: '11',
      mailingId: '1',
      outcome: 'retry',
      code: 'HTTP_500',
      httpStatus: 500,
      answer: 'The provider answered 500: try later',
      durationMs: 31,
      msg: 'attempt',
    });
    expect(printed(text)).toBe(
      '2026-11-20 10:00:00.123  worker 7        message 11: retry HTTP_500 (HTTP 500): The provider answered 500: try later, 31 ms  mailingId=1',
    );
  });

  test('takes the name of the process from what docker compose or kubectl put before it', () => {
    expect(printed(`worker-2  | ${line('x', { mailingId: '1' })}`)).toMatch(/^2026-\S+ \S+ {2}worker-2 {8}x {2}mailingId=1$/);
  });

  test('is loud about warnings, shows faults with their cause, and counts long lists', () => {
    const err = { type: 'DatabaseError', message: 'no', stack: 'long', cause: { message: 'ECONNRESET' } };
    const text = printed(line('a lane met a database fault', { mailingId: '1', messageIds: ['1', '2', '3', '4', '5', '6'], err }, 'warn'));
    expect(text).toContain('WARN: a lane met a database fault  mailingId=1  messageIds=[6]');
    expect(text).toContain('DatabaseError: no; because of ECONNRESET');
    expect(text).not.toContain('long');
  });
});

describe('the flags', () => {
  test.each([
    [
      ['--message', '12', '--file', 'a.log', '--file', 'b.log'],
      { subject: { kind: 'message', id: '12' }, files: ['a.log', 'b.log'], json: false },
    ],
    [['--request', 'abc-1', '--json'], { subject: { kind: 'request', id: 'abc-1' }, files: [], json: true }],
  ])('%j are understood', (args, options) => {
    expect(readLogsCommand(args, false)).toEqual({ options });
  });

  test.each([
    [[], 'give one of --message, --mailing, --client, --request'],
    [['--message', '1', '--client', '2'], 'give one of'],
    [['--mailing', 'seven'], '--mailing must be an id such as 123, not "seven"'],
    [['--massage', '1'], "Unknown option '--massage'"],
  ])('%j are refused with what to do', (args, words) => {
    expect(readLogsCommand(args, false)).toMatchObject({ faults: [expect.stringContaining(words)] });
  });

  test('a person at a terminal is asked for a file', () => {
    expect(readLogsCommand(['--message', '1'], true)).toMatchObject({ faults: ['give a log with --file FILE, or on standard input'] });
  });
});

describe('the program', () => {
  const run = promisify(execFile);
  const program = fileURLToPath(new URL('../../scripts/logs.ts', import.meta.url));
  const asked = async (args: readonly string[]) => run(process.execPath, [program, ...args]).catch((error: object) => error as never);
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carillon-logs-test-'));
    await writeFile(join(folder, 'a.log'), `${log.slice(0, 10).join('\n')}\n`);
    await writeFile(join(folder, 'b.log.gz'), gzipSync(log.slice(10).join('\n')));
  });
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  test('reads several files, compressed ones too', async () => {
    const files = ['--file', join(folder, 'a.log'), '--file', join(folder, 'b.log.gz')];
    const { stdout, stderr } = await asked(['--message', '11', ...files]);
    expect(stdout.trim().split('\n')).toHaveLength(10);
    expect(stderr).toContain(`10 of ${log.length} lines are about message 11.`);
    const raw = await asked(['--message', '11', '--json', ...files]);
    expect(raw.stdout.trim().split('\n')).toEqual((await storyOf('message', '11')).lines.map(({ text }) => text));
  });

  test('reads standard input, and leaves nothing of it behind', async () => {
    const sources = await openLogs([], Readable.from([log.join('\n')]));
    expect((await readStory(sources, { kind: 'message', id: '11' })).lines).toHaveLength(10);
    await sources[Symbol.asyncDispose]();
    await expect(sources.lines().next()).rejects.toThrow('ENOENT');
  });

  test('says which file it cannot read, and ends with 2', async () => {
    expect(await asked(['--message', '11', '--file', join(folder, 'missing.log')])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('missing.log'),
    });
  });

  test('ends with 1 when there is nothing to tell, and with 2 when it was not understood', async () => {
    expect(await asked(['--message', '404', '--file', join(folder, 'a.log')])).toMatchObject({ code: 1 });
    expect(await asked(['--message'])).toMatchObject({ code: 2 });
  });
});

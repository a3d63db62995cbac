// The log: pino, JSON lines for machines and readable lines on a terminal. Writing never blocks sending.
// Identifiers are fields (requestId, mailingId, messageId, clientId), so that searching for one id tells its whole story.
// Tokens and phone numbers are masked here, whatever a caller or a library puts into a line.
import pino from 'pino';
import { prettyFactory } from 'pino-pretty';

export type Log = pino.Logger;

/** The log that `makeLog` made, with what is known of its writing. */
export type WrittenLog = Log & { /** Lines that nobody read fast enough, so far. */ linesDropped(): number };

export interface LogSettings {
  readonly level: pino.LevelWithSilent;
  /** Readable lines instead of JSON: for a terminal. */
  readonly pretty: boolean;
  /** ROLE: stands in every line as `process`, so that lines of several processes can be told apart. */
  readonly role?: string;
  /** File descriptor or path; 1, standard output, unless given. */
  readonly destination?: number | string;
}

/** What happened to a mailing. */
export type MailingEvent =
  | 'created'
  | 'updated'
  | 'started'
  | 'expanded'
  | 'paused'
  | 'resumed'
  | 'cancelled'
  | 'deleted'
  | 'retried'
  | 'completed';

/** One request to the provider, as it ended. */
export interface AttemptFields {
  readonly messageId: string;
  readonly mailingId: string;
  readonly clientId?: string | null;
  readonly batchId?: string;
  readonly outcome: string;
  readonly code?: string;
  readonly httpStatus?: number;
  /** What came of it in words, with an excerpt of the provider's answer; never a token or a phone. */
  readonly answer?: string;
  readonly durationMs?: number;
}

/** One GraphQL operation, or one request to another endpoint that does the same work. */
export interface ApiOperationFields {
  readonly requestId: string;
  readonly operation: string;
  readonly transport: 'http' | 'websocket';
  readonly durationMs: number;
  /** Subject and role of the caller, where there is authentication. */
  readonly actor?: string;
  readonly role?: string;
  /** extensions.code of each error in the answer. */
  readonly errors?: readonly string[];
  readonly mailingId?: string;
  readonly clientId?: string;
}

/** Unread lines are kept up to this many bytes; then lines are dropped and counted, so that a reader that stalls costs bounded memory. */
const backlogBytes = 16 * 1024 * 1024;
/** Bytes handed over in one write: sonic-boom's own 16 KiB cannot keep up with a line per message at full speed, and its cost per line grows with it. */
const chunkBytes = 64 * 1024;

/** 'silent' writes nothing. Lines are written asynchronously: end the program with `flushLog`. */
export function makeLog({ level, pretty, role, destination = 1 }: LogSettings): WrittenLog {
  const stream = makeStream(destination, pretty);
  const log = pino(
    {
      level,
      base: { pid: process.pid, ...(role !== undefined && { process: role }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretPaths, censor: '[redacted]' },
      serializers: { err: maskedError, error: maskedError },
    },
    stream,
  );
  stream.onRecovered((dropped) => log.warn({ dropped }, 'log lines were dropped: nobody read them fast enough'));
  return Object.assign(log, { linesDropped: stream.linesDropped });
}

/** Waits until every line is handed over, at most `timeoutMs`: a stalled reader must not keep the program from ending. */
export async function flushLog(log: Log, timeoutMs = 2_000): Promise<void> {
  await new Promise<void>((resolve) => {
    const deadline = setTimeout(resolve, timeoutMs);
    log.flush(() => {
      clearTimeout(deadline);
      resolve();
    });
  });
}

/** One line per attempt, at debug; costs one comparison when debug is off. */
export function logAttempt(log: Log, fields: AttemptFields): void {
  if (log.isLevelEnabled('debug')) log.debug(fields, 'attempt');
}

/** A batch on its way through a worker, with the messages that it is about: what links a message to its batch and its job. */
export interface BatchFields {
  readonly mailingId: string;
  readonly batchId: string;
  readonly messageIds?: readonly string[];
}

/** At debug. Ask whether debug is on before making lists of ids. */
export function logBatch(
  log: Log,
  what: 'leased' | 'read' | 'settled' | 'released',
  fields: BatchFields & Readonly<Record<string, unknown>>,
): void {
  log.debug(fields, `batch ${what}`);
}

/** One line per change of a mailing's state; `fields` may add counts and ids. */
export function logMailingEvent(
  log: Log,
  event: MailingEvent,
  fields: { readonly mailingId: string } & Readonly<Record<string, unknown>>,
): void {
  log.info({ event, ...fields }, `mailing ${event}`);
}

/** One line per API operation. */
export function logApiOperation(log: Log, fields: ApiOperationFields): void {
  log.info(fields, 'api operation');
}

const secretKeys = ['phone', 'phones', 'token', 'authorization', 'password'];
const secretPaths = [...secretKeys, ...secretKeys.map((key) => `*.${key}`), '*.headers.authorization'];

interface LineStream extends pino.DestinationStream {
  flush(done: () => void): void;
  flushSync(): void;
  onRecovered(tell: (dropped: number) => void): void;
  linesDropped(): number;
}

function makeStream(destination: number | string, pretty: boolean): LineStream {
  const sink = pino.destination({ dest: destination, sync: false, maxLength: backlogBytes, maxWrite: chunkBytes });
  const format = pretty
    ? prettyFactory({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,process', singleLine: true })
    : null;
  const waiting: (() => void)[] = [];
  let busy = false;
  let dropped = 0;
  let tellDropped: (count: number) => void = () => undefined;

  let droppedEver = 0;

  sink.on('drop', () => {
    dropped += 1;
    droppedEver += 1;
  });
  sink.on('drain', () => {
    busy = false;
    for (const done of waiting.splice(0)) done();
    if (dropped > 0) {
      const count = dropped;
      dropped = 0;
      tellDropped(count);
    }
  });
  return {
    write(line) {
      busy = true;
      sink.write(format === null ? line : format(line));
    },
    flush(done) {
      if (busy) waiting.push(done);
      else done();
    },
    flushSync: () => sink.flushSync(),
    onRecovered: (tell) => (tellDropped = tell),
    linesDropped: () => droppedEver,
  };
}

/** Errors of libraries may quote SQL with values, connection strings and headers: the quotes are masked, the details left out. */
function maskedError(error: unknown): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? mask(error) : error;
  const code = 'code' in error ? { code: error.code } : {};
  const cause = error.cause === undefined ? {} : { cause: maskedError(error.cause) };
  return { type: error.name, ...code, message: mask(error.message), stack: mask(error.stack ?? ''), ...cause };
}

function mask(text: string): string {
  return text
    .replace(/(?<!\d)\+?7\d{10}(?!\d)/g, '[phone]')
    .replace(/\bBearer\s+[^\s"',]+/gi, 'Bearer [redacted]')
    .replace(/(\w+:\/\/[^\s:/@]*):[^\s/@]+@/g, '$1:[redacted]@');
}

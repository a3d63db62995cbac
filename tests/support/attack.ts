// One service under attack: every operation goes over HTTP and over a WebSocket, and what comes back is searched for what must not leave.
import { WebSocket } from 'ws';
import { startTestService } from './service.ts';
import type { TestService } from './service.ts';
import { createTestDatabase } from './test-database.ts';

/** Words of a stack, of our sources and libraries, or of the database. */
export const internals =
  /node_modules|node:internal|\.[jt]s:\d|\bat \w+[\w.]* \(|stacktrace|\bselect\b.*\bfrom\b|\binsert into\b|relation "|column "|constraint|invalid input syntax|invalid byte sequence|out of range for type|SQLSTATE|ECONN(RESET|REFUSED|ABORTED)|kysely|mikro|pg_|postgres|type-graphql|TypeError|RangeError|Cannot read prop|is not a function/i;

export interface Answer {
  /** HTTP status; on a WebSocket the type of the message. */
  readonly status: number | string;
  readonly text: string;
  /** extensions.code of each error; empty when there is none. */
  readonly codes: readonly string[];
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data: any;
}

export interface AttackedService extends AsyncDisposable {
  readonly url: string;
  readonly service: TestService;
  http(body: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** On the one connection that is held; another is opened when the service has closed it. `closed 4400` as status: this closed it. */
  socket(payload: unknown): Promise<Answer>;
  /** Lines of the log that say that something of ours is broken. */
  faults(): readonly Readonly<Record<string, unknown>>[];
}

/** The real service with a database of its own; nothing is sent by it. */
export async function startAttackedService(env: Readonly<Record<string, string>> = {}): Promise<AttackedService> {
  const database = await createTestDatabase();
  const service = await startTestService({
    databaseUrl: database.url,
    providerUrl: 'http://127.0.0.1:9/v1',
    env: { ROLE: 'api', LOG_LEVEL: 'info', CALLER_REQUESTS_PER_SECOND: '0', ...env },
  }).catch(async (error: unknown) => {
    await database.drop();
    throw error;
  });
  let connection: Promise<WebSocket> | null = null;
  let operations = 0;

  const socket = async (payload: unknown): Promise<Answer> => {
    connection ??= connect(service.url);
    const webSocket = await connection;
    operations += 1;
    const id = String(operations);
    const frame = JSON.stringify({ id, type: 'subscribe', payload });
    const answer = await new Promise<Answer>((resolve) => {
      const onMessage = (data: Buffer): void => {
        const text = data.toString();
        const message = JSON.parse(text) as { id?: string; type: string; payload?: unknown };
        if (message.id !== id) return;
        done({ status: message.type, text, ...readBody(message.type === 'error' ? { errors: message.payload } : message.payload) });
      };
      const onClose = (code: number, reason: Buffer): void => {
        connection = null;
        done({ status: `closed ${code}`, text: String(reason), codes: [], data: undefined });
      };
      const done = (result: Answer): void => {
        webSocket.off('message', onMessage);
        webSocket.off('close', onClose);
        clearTimeout(late);
        resolve(result);
      };
      const late = setTimeout(() => done({ status: 'no answer', text: frame, codes: [], data: undefined }), 30_000);
      webSocket.on('message', onMessage);
      webSocket.on('close', onClose);
      webSocket.send(frame);
    });
    if (webSocket.readyState === WebSocket.OPEN) webSocket.send(JSON.stringify({ id, type: 'complete' }));
    return answer;
  };

  return {
    url: service.url,
    service,
    socket,
    http: async (body, headers = {}) => {
      const response = await fetch(`${service.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      const text = await response.text();
      return { status: response.status, text, ...readBody(JSON.parse(text)) };
    },
    faults: () => service.log.filter((line) => Number(line['level']) >= 40 && typeof line['err'] === 'object'),
    [Symbol.asyncDispose]: async () => {
      (await connection)?.terminate();
      await service[Symbol.asyncDispose]();
      await database.drop();
    },
  };
}

async function connect(url: string): Promise<WebSocket> {
  const webSocket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
  await new Promise<void>((resolve, reject) => {
    webSocket.once('error', reject);
    webSocket.once('open', () => webSocket.send('{"type":"connection_init"}'));
    webSocket.once('message', () => resolve());
  });
  webSocket.on('error', () => {});
  return webSocket;
}

function readBody(body: unknown): Pick<Answer, 'codes' | 'data'> {
  const { data, errors = [] } = (body ?? {}) as { data?: unknown; errors?: { extensions?: { code?: unknown } }[] };
  return { data, codes: errors.map(({ extensions }) => String(extensions?.code)) };
}

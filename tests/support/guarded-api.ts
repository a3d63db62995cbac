// The api as it is served, with AUTH=jwt: real HTTP, real WebSockets, a real database.
import pino from 'pino';
import { startApi } from '../../src/api-role.ts';
import { readConfig } from '../../src/config.ts';
import type { GraphqlError } from './graphql-client.ts';
import { testSecret } from './tokens.ts';

interface GuardedAnswer {
  readonly status: number;
  readonly headers: Headers;
  // The shape depends on the document; a wrong guess fails the test's own expectation.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly data: any;
  readonly errors: readonly GraphqlError[];
  /** extensions.code of each error. */
  readonly codes: readonly unknown[];
}

export interface GuardedApi extends AsyncDisposable {
  readonly url: string;
  readonly logLines: readonly Readonly<Record<string, unknown>>[];
  /** `token` null: without one. */
  ask(token: string | null, query: string, variables?: Readonly<Record<string, unknown>>): Promise<GuardedAnswer>;
}

/** `env`: instead of the shared secret of the tests. */
export async function startGuardedApi(
  databaseUrl: string,
  env: Readonly<Record<string, string>> = { AUTH_JWT_SECRET: testSecret },
): Promise<GuardedApi> {
  const read = readConfig({ AUTH: 'jwt', PORT: '0', ROLE: 'api', DATABASE_URL: databaseUrl, ...env });
  if (!read.ok) throw new Error(read.faults.join('\n'));
  const logLines: Record<string, unknown>[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => logLines.push(JSON.parse(line)) });
  const api = await startApi(read.config, databaseUrl, log);
  const { url } = api.at;
  return {
    url,
    logLines,
    ask: async (token, query, variables = {}) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token !== null && { authorization: `Bearer ${token}` }) },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors = [] } = (await response.json()) as { data?: unknown; errors?: readonly GraphqlError[] };
      return { status: response.status, headers: response.headers, data, errors, codes: errors.map(({ extensions }) => extensions?.code) };
    },
    [Symbol.asyncDispose]: async () => api[Symbol.asyncDispose](),
  };
}

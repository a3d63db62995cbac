// Stands in for the service where a test of its callers needs what the real one does in rare moments only: it refuses a subscription,
// completes it early, closes a connection. By the real schema and protocol; it notes who asked.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GraphQLError, buildSchema, graphql, parse } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

/** What happens to one subscription: these states and a completion, an error, or the end of its connection. */
export type Step =
  | { readonly kind: 'states'; readonly states: readonly State[] }
  | { readonly kind: 'refuse'; readonly errorCode: string }
  | { readonly kind: 'close'; readonly closeCode: number };

export interface State {
  readonly mailingStatus: string;
  readonly total: number;
  readonly pending: number;
  readonly sent: number;
}

export interface ScriptedService extends AsyncDisposable {
  readonly url: string;
  /** The authorization of each request over HTTP, and of each connection. */
  readonly overHttp: readonly unknown[];
  readonly overWebSocket: readonly unknown[];
}

const at = '2026-01-01T00:00:00.000Z';
const mailing = { id: '1', text: 'Scripted', startsAt: at, endsAt: at };
const others = { failed: 0, expired: 0, cancelled: 0, unconfirmed: 0, mailingId: '1', version: 1, updatedAt: at };

/** Each subscription takes the next step; there is a mailing for every id. */
export async function startScriptedService(script: readonly Step[]): Promise<ScriptedService> {
  const schema = buildSchema(await readFile(new URL('../../schema.graphql', import.meta.url), 'utf8'));
  const steps = [...script];
  const overHttp: unknown[] = [];
  const overWebSocket: unknown[] = [];

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    overHttp.push(request.headers.authorization);
    const { query, variables } = JSON.parse(Buffer.concat(await request.toArray()).toString()) as Record<string, never>;
    const result = await graphql({ schema, source: query ?? '', variableValues: variables, rootValue: { mailing } });
    response.setHeader('content-type', 'application/json').end(JSON.stringify(result));
  };
  const http = createServer((request, response) => void answer(request, response));
  const protocol = useServer(
    {
      onConnect: ({ connectionParams }) => void overWebSocket.push(connectionParams?.['authorization']),
      onSubscribe: async ({ extra: { socket } }, _id, { query, variables }) => {
        const step = steps.shift();
        if (step?.kind === 'states') {
          return {
            schema,
            document: parse(query),
            variableValues: variables,
            rootValue: { mailingStatistics: () => toEvents(step.states) },
          };
        }
        if (step?.kind === 'close') {
          socket.close(step.closeCode);
          await once(socket, 'close');
        }
        const code = step?.kind === 'refuse' ? step.errorCode : 'NO_MORE_STEPS';
        return [new GraphQLError(`scripted: ${code}`, { extensions: { code } })];
      },
    },
    new WebSocketServer({ server: http }),
  );
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    overHttp,
    overWebSocket,
    [Symbol.asyncDispose]: async () => {
      await protocol.dispose();
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
}

async function* toEvents(states: readonly State[]): AsyncGenerator<{ readonly mailingStatistics: State }, void> {
  for (const state of states) yield { mailingStatistics: { ...others, ...state } };
}

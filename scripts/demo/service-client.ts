// The demo's way to the service: GraphQL over HTTP, and subscriptions over a WebSocket on the same address.
import { createClient } from 'graphql-ws';

/** What went wrong, in words for the person at the terminal. */
export class DemoFault extends Error {}

export interface ServiceClient {
  /** Answers the data. Throws DemoFault when nobody answers, somebody else does, or the answer has errors. */
  request<Data>(query: string, variables: Readonly<Record<string, unknown>>): Promise<Data>;
  /** Every result until the server completes the subscription; reconnects by itself for about a minute. Throws DemoFault. */
  subscribe<Data extends object>(query: string, variables: Readonly<Record<string, unknown>>): AsyncIterable<Data>;
  /** Whether the subscription's connection is there. */
  isListening(): boolean;
  close(): Promise<void>;
}

const requestTimeoutMs = 60_000;
const reconnectWaitMs = 1_000;
const mostReconnects = 60;

/** `token` null: without one. */
export function makeServiceClient(url: string, token: string | null): ServiceClient {
  const credentials = token === null ? {} : { authorization: `Bearer ${token}` };
  let isListening = false;
  const endpoint = `${url}/graphql`;
  const webSockets = createClient({
    url: endpoint.replace(/^http/, 'ws'),
    connectionParams: credentials,
    retryAttempts: mostReconnects,
    retryWait: async () => {
      await new Promise((resolve) => setTimeout(resolve, reconnectWaitMs));
    },
    shouldRetry: () => true,
    on: { connected: () => (isListening = true), closed: () => (isListening = false) },
  });

  return {
    request: async <Data>(query: string, variables: Readonly<Record<string, unknown>>) => {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', ...credentials },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(requestTimeoutMs),
      }).catch((error: unknown) => {
        throw new DemoFault(
          `No service answers at ${url} (${reasonOf(error)}). Start it with \`npm start\`, or name another one with --url.`,
        );
      });
      const answer: unknown = await response.json().catch(() => null);
      if (typeof answer !== 'object' || answer === null || !('data' in answer || 'errors' in answer)) {
        throw new DemoFault(`${url} answers, but not as Carillon does (HTTP ${response.status}). Name another address with --url.`);
      }
      if (response.status === 401 || response.status === 403) {
        throw new DemoFault(
          `The service wants another token: ${messagesOf('errors' in answer ? answer.errors : [])} Give one with --token.`,
        );
      }
      if ('errors' in answer) throw new DemoFault(`The service answers with an error: ${messagesOf(answer.errors)}`);
      return answer.data as Data;
    },
    subscribe: async function* <Data extends object>(query: string, variables: Readonly<Record<string, unknown>>) {
      try {
        for await (const { data, errors } of webSockets.iterate<Data>({ query, variables: { ...variables } })) {
          if (errors !== undefined) throw new DemoFault(messagesOf(errors));
          if (data !== null && data !== undefined) yield data;
        }
      } catch (error) {
        if (error instanceof DemoFault) throw error;
        throw new DemoFault(`The subscription broke off: ${reasonOf(error)}`);
      }
    },
    isListening: () => isListening,
    close: async () => {
      await webSockets.dispose();
    },
  };
}

/** Errors of a GraphQL answer, of a socket, or what fetch hides in its cause. */
function reasonOf(error: unknown): string {
  if (Array.isArray(error)) return messagesOf(error);
  if (!(error instanceof Error))
    return typeof error === 'object' && error !== null && 'code' in error ? `code ${String(error.code)}` : String(error);
  const { cause } = error;
  if (cause instanceof Error) return 'code' in cause ? String(cause.code) : cause.message;
  return error.message;
}

function messagesOf(errors: unknown): string {
  const list: readonly unknown[] = Array.isArray(errors) ? errors : [errors];
  return list
    .map((error) => (typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : JSON.stringify(error)))
    .join('; ');
}

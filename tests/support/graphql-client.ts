// A GraphQL client for tests, over real HTTP and WebSockets. Subscriptions keep everything they receive, so nothing is lost between
// two looks. `url` is the service's own, as it prints it (http://127.0.0.1:4000).
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface GraphqlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: Readonly<Record<string, unknown>> & { readonly code?: string };
}

export interface GraphqlAnswer<Data> {
  /** HTTP status. */
  readonly status: number;
  readonly data: Data;
  readonly errors: readonly GraphqlError[] | undefined;
}

type Variables = Readonly<Record<string, unknown>>;

/** Answers whatever came back, errors included; rejects only when no JSON did. */
export async function postGraphql<Data = Record<string, unknown>>(
  url: string,
  query: string,
  variables: Variables = {},
): Promise<GraphqlAnswer<Data>> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data: Data; errors?: readonly GraphqlError[] };
  return { status: response.status, data, errors };
}

export interface SubscriptionResult<Data> {
  readonly data: Data;
  readonly errors?: readonly GraphqlError[];
}

export interface TestSubscription<Data> extends AsyncIterable<SubscriptionResult<Data>>, AsyncDisposable {
  /** Everything received so far, in order. */
  readonly results: readonly SubscriptionResult<Data>[];
  /** The first result, received already or to come, that fulfils the predicate. Rejects after `timeoutMs` (10 s), or when there is none before the end. */
  until(predicate: (data: Data) => boolean, timeoutMs?: number): Promise<Data>;
  /** Resolves with everything received when the server completes the subscription; rejects with its error. */
  completed(timeoutMs?: number): Promise<readonly SubscriptionResult<Data>[]>;
  /** Unsubscribes and closes the connection. */
  close(): Promise<void>;
}

/** Subscribes on a connection of its own; never reconnects. */
export function subscribeTo<Data = Record<string, unknown>>(url: string, query: string, variables: Variables = {}): TestSubscription<Data> {
  const results: SubscriptionResult<Data>[] = [];
  let state: { over: false } | { over: true; error: Error | null } = { over: false };
  const news = new Set<() => void>();
  const tell = (): void => {
    for (const listener of news) listener();
  };
  const closed = Promise.withResolvers<void>();
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    on: { closed: () => closed.resolve(), error: () => closed.resolve() },
  });
  client.subscribe<Data>(
    { query, variables: { ...variables } },
    {
      next: (result) => {
        results.push(result as unknown as SubscriptionResult<Data>);
        tell();
      },
      error: (error) => {
        state = { over: true, error: toError(error) };
        tell();
      },
      complete: () => {
        if (!state.over) state = { over: true, error: null };
        tell();
      },
    },
  );

  /** Calls `look` now and at every news until it gives something. */
  const when = <T>(look: () => T | undefined, timeoutMs: number): Promise<T> => {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const timer = setTimeout(
      () => reject(new Error(`not within ${timeoutMs} ms; received: ${JSON.stringify(results.slice(-5))}`)),
      timeoutMs,
    );
    const listener = (): void => {
      try {
        const found = look();
        if (found !== undefined) resolve(found);
      } catch (error) {
        reject(error);
      }
    };
    news.add(listener);
    listener();
    return promise.finally(() => {
      clearTimeout(timer);
      news.delete(listener);
    });
  };

  const close = async (): Promise<void> => {
    await client.dispose();
    if (!state.over) await closed.promise;
  };

  return {
    results,
    until: (predicate, timeoutMs = 60_000) =>
      when(() => {
        const found = results.find(({ data }) => data !== null && data !== undefined && predicate(data));
        if (found !== undefined) return found.data;
        if (state.over) throw state.error ?? new Error(`completed without it; received: ${JSON.stringify(results.slice(-5))}`);
        return undefined;
      }, timeoutMs),
    completed: (timeoutMs = 60_000) =>
      when(() => {
        if (!state.over) return undefined;
        if (state.error !== null) throw state.error;
        return results;
      }, timeoutMs),
    async *[Symbol.asyncIterator]() {
      for (let index = 0; ; index += 1) {
        const result = await when(() => {
          if (index < results.length) return { value: results[index] };
          if (state.over && state.error !== null) throw state.error;
          return state.over ? { value: undefined } : undefined;
        }, 60_000);
        if (result.value === undefined) return;
        yield result.value;
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** What the server sent as errors, or how the connection ended. */
class SubscriptionError extends Error {
  readonly errors: readonly GraphqlError[];
  readonly closeCode: number | null;

  constructor(message: string, errors: readonly GraphqlError[], closeCode: number | null) {
    super(message);
    this.name = 'SubscriptionError';
    this.errors = errors;
    this.closeCode = closeCode;
  }
}

function toError(error: unknown): Error {
  if (Array.isArray(error)) return new SubscriptionError(JSON.stringify(error), error, null);
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number') {
    const reason = 'reason' in error ? String(error.reason) : '';
    return new SubscriptionError(`closed with ${error.code} ${reason}`, [], error.code);
  }
  return error instanceof Error ? error : new Error(String(error));
}

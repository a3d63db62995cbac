// A subscription as a value: the newest state, kept through reconnects and restarts of the service.
import { stringifyDocument } from 'urql';
import type { TypedDocumentNode } from 'urql';
import type { GraphQLFormattedError } from 'graphql';
import { startTransition, useEffect, useEffectEvent, useState } from 'react';
import { useConnection, useConnectionState } from './api.tsx';

export interface Live<Data> {
  /** null: nothing has come yet. */
  readonly data: Data | null;
  /** The data is that of other variables, until the answer for these has come. */
  readonly outdated: boolean;
  /** The data may have been overtaken: the connection is gone. */
  readonly stale: boolean;
  /** The service will not answer this: a code such as NOT_FOUND or FORBIDDEN. */
  readonly errorCode: string | null;
  /** Nothing newer comes. */
  readonly over: boolean;
}

interface Options<Data> {
  /** Whether a state is the last one; a completion before it comes from a service that stops. Left out: there is no last one. */
  readonly isOver?: (data: Data) => boolean;
  readonly pause?: boolean;
  /** Another number asks again, also for what was over. */
  readonly revision?: number;
}

type State<Data> = Omit<Live<Data>, 'stale' | 'outdated'> & { readonly key: string };

/** Faults that pass: everything else would be answered in the same way again. */
const passing = new Set(['SERVICE_UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL_SERVER_ERROR', 'TOO_MANY_OPERATIONS']);
const RETRY_MS = 1_000;

/** While the variables change, the last data stays until the new one comes. */
export function useLive<Data, Variables extends Record<string, unknown>>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  { isOver, pause = false, revision = 0 }: Options<Data> = {},
): Live<Data> {
  const { client } = useConnection();
  const { status } = useConnectionState();
  const key = JSON.stringify(variables);
  const [state, setState] = useState<State<Data>>({ key, data: null, errorCode: null, over: false });
  const isLast = useEffectEvent((data: Data) => isOver?.(data) ?? false);

  useEffect(() => {
    if (pause) return undefined;
    let last: Data | null = null;
    let isLeft = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let unsubscribe = (): void => undefined;
    // Leaving completes it, too: whoever asked again then would bring back what is no longer wanted.
    const again = (): void => {
      if (isLeft) return;
      timer = setTimeout(subscribe, RETRY_MS * (0.5 + Math.random()));
    };
    const subscribe = (): void => {
      unsubscribe = client.subscribe<Data>(
        { query: stringifyDocument(document), variables: JSON.parse(key) as Record<string, unknown> },
        {
          next: ({ data, errors }) => {
            if (data === null || data === undefined) return end(codeOf(errors));
            last = data;
            // Drawn in pieces, between what the operator does.
            startTransition(() => setState({ key, data, errorCode: null, over: isLast(data) }));
          },
          error: (fault) => end(codeOf(fault)),
          complete: () => {
            if (last === null || !isLast(last)) again();
          },
        },
      );
    };
    const end = (code: string): void => {
      if (passing.has(code)) again();
      else startTransition(() => setState((before) => ({ ...before, key, errorCode: code, over: true })));
    };
    subscribe();
    return () => {
      isLeft = true;
      clearTimeout(timer);
      unsubscribe();
    };
  }, [client, document, key, pause, revision]);

  const isAnswered = state.key === key;
  const over = isAnswered && state.over;
  return {
    data: state.data,
    outdated: state.data !== null && !isAnswered,
    errorCode: isAnswered ? state.errorCode : null,
    over,
    stale: !over && status !== 'connected',
  };
}

/** Of GraphQL errors; a socket that cannot be opened again has none and counts as passing. */
function codeOf(fault: unknown): string {
  const [error] = Array.isArray(fault) ? (fault as readonly GraphQLFormattedError[]) : [];
  const code = error?.extensions?.['code'];
  return typeof code === 'string' ? code : 'SERVICE_UNAVAILABLE';
}

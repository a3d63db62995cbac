// An API operation as those who count and trace operations are told of it: bounded words and ids, whatever callers write into their documents.
import type { IncomingMessage } from 'node:http';
import { Kind } from 'graphql';
import type { OperationDefinitionNode } from 'graphql';
import { fieldRoles } from './access.ts';

export interface FinishedOperation {
  /** The root field it asks for; `several` of them; `other`: no field of the schema, or the document was not understood. */
  readonly operation: string;
  readonly type: 'query' | 'mutation' | 'subscription' | 'other';
  /** `refused`: answered with user errors. `error`: with GraphQL errors. */
  readonly outcome: 'ok' | 'refused' | 'error';
  readonly durationMs: number;
  readonly requestId: string;
  readonly transport: 'http' | 'websocket';
  /** As the caller sent it, to be checked; null: none. */
  readonly traceparent: string | null;
  /** What it was about, where that is one. */
  readonly mailingId?: string;
  readonly clientId?: string;
  readonly messageId?: string;
}

/** Must not throw. */
export type RecordOperation = (finished: FinishedOperation) => void;

/** The words under which an operation is counted; undefined: it never came to be one. */
export function countedAs(operation: OperationDefinitionNode | undefined): Pick<FinishedOperation, 'operation' | 'type'> {
  if (operation === undefined) return { operation: 'other', type: 'other' };
  const type = operation.operation;
  const known = fieldRoles[type];
  const fields = new Set(
    operation.selectionSet.selections.map((selection) => {
      const name = selection.kind === Kind.FIELD ? selection.name.value : '...';
      return Object.hasOwn(known, name) ? name : 'other';
    }),
  );
  const [only = 'other'] = fields;
  return { operation: fields.size > 1 ? 'several' : only, type };
}

/** As the header stands in a request. */
export function traceparentOf({ headers: { traceparent } }: Pick<IncomingMessage, 'headers'>): string | null {
  return typeof traceparent === 'string' ? traceparent : null;
}

/** As it stands in the extensions of an operation: messages of a WebSocket have no headers. */
export function traceparentIn(extensions: Readonly<Record<string, unknown>> | null | undefined): string | null {
  const traceparent = extensions?.['traceparent'];
  return typeof traceparent === 'string' ? traceparent : null;
}

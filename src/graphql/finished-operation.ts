// An API operation as those who count operations are told of it: bounded words only, whatever callers write into their documents.
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

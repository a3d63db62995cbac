// What an operation touched and what it refused, for its log line: so that searching the log for an id finds the operation.
import type { Result, UserErrorCode } from '../domain/errors.ts';

type TracedId = 'mailingId' | 'clientId' | 'messageId';

export interface OperationTrace {
  /** The operation is about this id, as an argument or as a result. Only identifiers: other texts do not belong in the log. */
  touch(name: TracedId, id: string): void;
  /** Remembers the codes of a refusal; hands the result on. */
  noteRefusals<T>(result: Result<T>): Result<T>;
  /** Touches what another operation touched, whose answer this one is given as well. */
  include(other: OperationTrace): void;
  readonly ids: ReadonlyMap<TracedId, ReadonlySet<string>>;
  fields(): TraceFields;
}

export interface TraceFields {
  readonly mailingId?: string;
  readonly clientId?: string;
  readonly messageId?: string;
  /** When one document is about several. */
  readonly mailingIds?: readonly string[];
  readonly clientIds?: readonly string[];
  readonly messageIds?: readonly string[];
  readonly userErrors?: readonly UserErrorCode[];
}

/** A document may hold hundreds of aliased mutations: its line stays a line. */
const mostIds = 20;

export function makeOperationTrace(): OperationTrace {
  const ids = new Map<TracedId, Set<string>>();
  const userErrors = new Set<UserErrorCode>();
  const touch = (name: TracedId, id: string): void => {
    const known = ids.get(name) ?? new Set<string>();
    ids.set(name, known);
    if (known.size < mostIds) known.add(id);
  };
  return {
    touch,
    ids,
    include: (other) => {
      for (const [name, known] of other.ids) for (const id of known) touch(name, id);
    },
    noteRefusals: (result) => {
      if (!result.ok) for (const error of result.errors) userErrors.add(error.code);
      return result;
    },
    fields: () => {
      const entries = [...ids].map(([name, known]) => (known.size === 1 ? [name, [...known][0]] : [`${name}s`, [...known]]));
      return { ...Object.fromEntries(entries), ...(userErrors.size > 0 && { userErrors: [...userErrors] }) };
    },
  };
}

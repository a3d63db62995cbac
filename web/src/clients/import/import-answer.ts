// The answer of POST /clients/import, whole or ended early.
import type { UserErrorCode } from '../../api/generated/graphql.ts';

export type ImportConflict = 'UPDATE' | 'SKIP';

export type RowErrorCode = UserErrorCode | 'INVALID_ENCODING' | 'WRONG_NUMBER_OF_CELLS';

export interface RowError {
  /** Line of the file, the header being line 1. */
  readonly row: number;
  readonly code: RowErrorCode;
  /** Names of columns; empty: the row as a whole. */
  readonly field: readonly string[];
  /** The service's own words, in English. */
  readonly message: string;
}

export interface ImportReport {
  readonly created: number;
  readonly updated: number;
  readonly skipped: number;
  readonly failed: number;
  /** The first 1,000. */
  readonly rowErrors: readonly RowError[];
}

export type ImportEnd =
  | { readonly kind: 'done'; readonly report: ImportReport }
  /** The service stopped, and says what it has written; null: it wrote nothing. */
  | {
      readonly kind: 'ended-early';
      readonly code: string;
      readonly message: string;
      readonly requestId: string | null;
      readonly written: (ImportReport & { readonly lastRow: number }) | null;
    }
  /** No answer came: what was sent until then may be written. */
  | { readonly kind: 'cut-off' }
  | { readonly kind: 'cancelled' };

interface Answer {
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string; readonly requestId?: string } }[];
  readonly written?: ImportReport & { readonly lastRow: number };
}

/** Something between that answers in words of its own, as a proxy does, counts as a service that does not answer. */
export function toImportEnd(status: number, body: string): ImportEnd {
  const answer = parseJson(body);
  if (answer === null) return { kind: 'cut-off' };
  if (status === 200) return { kind: 'done', report: answer as ImportReport };
  const { errors = [], written = null } = answer as Answer;
  const [error] = errors;
  return {
    kind: 'ended-early',
    code: error?.extensions?.code ?? `HTTP_${status}`,
    message: error?.message ?? '',
    requestId: error?.extensions?.requestId ?? null,
    written,
  };
}

function parseJson(body: string): object | null {
  try {
    const answer: unknown = JSON.parse(body);
    return typeof answer === 'object' ? answer : null;
  } catch {
    return null;
  }
}

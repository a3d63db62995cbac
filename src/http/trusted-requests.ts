// Puts the text of a trusted document into a request that names it, before Apollo reads the request.
import type { GraphQLError } from 'graphql';
import type { ChooseDocument } from '../graphql/trusted-documents.ts';

/** What Apollo is given: the body of a POST, or the search of a GET. */
export interface GraphqlRequest {
  readonly search: string;
  readonly body: unknown;
}

export type TrustedRequest = { readonly ok: true; readonly request: GraphqlRequest } | { readonly ok: false; readonly error: GraphQLError };

/** The text of the document; empty when there is none. */
export function queryOf({ search, body }: GraphqlRequest): string {
  const given: { readonly query?: unknown } = typeof body === 'object' && body !== null ? body : {};
  const query = body === undefined ? new URLSearchParams(search).get('query') : given.query;
  return typeof query === 'string' ? query : '';
}

/** A request that is no operation at all passes as it is: Apollo says what is wrong with it. */
export function trustRequest(chooseDocument: ChooseDocument, request: GraphqlRequest): TrustedRequest {
  return request.body === undefined ? trustSearch(chooseDocument, request) : trustBody(chooseDocument, request);
}

function trustBody(chooseDocument: ChooseDocument, request: GraphqlRequest): TrustedRequest {
  const { body } = request;
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { ok: true, request };
  const chosen = chooseDocument(body);
  if (!chosen.ok) return chosen;
  // What named the document would be taken for an automatic persisted query.
  return { ok: true, request: { ...request, body: { ...body, query: chosen.text, extensions: null } } };
}

function trustSearch(chooseDocument: ChooseDocument, request: GraphqlRequest): TrustedRequest {
  const parameters = new URLSearchParams(request.search);
  const names = ['query', 'documentId', 'extensions'].filter((name) => parameters.has(name));
  if (names.length === 0 || names.some((name) => parameters.getAll(name).length > 1)) return { ok: true, request };
  const chosen = chooseDocument({
    query: parameters.get('query'),
    documentId: parameters.get('documentId'),
    extensions: parseExtensions(parameters.get('extensions')),
  });
  if (!chosen.ok) return chosen;
  parameters.set('query', chosen.text);
  parameters.delete('extensions');
  return { ok: true, request: { ...request, search: `?${parameters.toString()}` } };
}

function parseExtensions(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}

// Trusted documents: with a list of them, only operations of that list run, on both transports. The list is the file that
// graphql-codegen's client preset writes (`persistedDocuments`): a JSON object of ids, the SHA-256 of each text, and texts.
import { readFile } from 'node:fs/promises';
import { GraphQLError, parse, specifiedRules, validate } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import { CarillonError } from '../domain/errors.ts';
import { makeValidationRules, parseOptions } from './limits.ts';

/** What a request says of its document. Clients name it in one of three places; the id may have its algorithm before it (sha256:…). */
export interface DocumentRequest {
  readonly query?: unknown;
  readonly documentId?: unknown;
  readonly extensions?: unknown;
}

export type DocumentChoice = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly error: GraphQLError };

/** The text that the request may run, by its id or because the list has that very text. */
export type ChooseDocument = (request: DocumentRequest) => DocumentChoice;

/** Several lists count as one. Throws CarillonError TRUSTED_DOCUMENTS when a file cannot be used, naming what is wrong in it. */
export async function readTrustedDocuments(paths: readonly string[], schema: GraphQLSchema): Promise<ChooseDocument> {
  const documents = new Map<string, string>();
  for (const path of paths) {
    for (const [id, text] of Object.entries(await readList(path))) {
      const fault = typeof text === 'string' ? faultOf(text, schema) : 'is not a text';
      if (fault !== null || typeof text !== 'string') throw unusable(path, `document ${id} ${fault}`);
      documents.set(id, text);
    }
  }
  return makeChooseDocument(documents);
}

export function makeChooseDocument(documents: ReadonlyMap<string, string>): ChooseDocument {
  const texts = new Set(documents.values());
  return (request) => {
    const id = idOf(request);
    const byId = id === null ? undefined : (documents.get(id) ?? documents.get(id.replace(/^sha256:/, '')));
    if (byId !== undefined) return { ok: true, text: byId };
    if (id !== null) return refuse('PERSISTED_QUERY_NOT_FOUND', 'There is no trusted document with this id.');
    const { query } = request;
    if (typeof query === 'string' && texts.has(query)) return { ok: true, text: query };
    return refuse('DOCUMENT_NOT_TRUSTED', 'Only trusted documents run here: send the id of one as documentId, or its text exactly.');
  };
}

/** `documentId` as in the GraphQL over HTTP specification, or as an extension; `persistedQuery.sha256Hash` as Apollo's clients send it. */
function idOf({ documentId, extensions }: DocumentRequest): string | null {
  const given = isRecord(extensions) ? extensions : {};
  const { persistedQuery } = given;
  const candidates = [documentId, given['documentId'], isRecord(persistedQuery) ? persistedQuery['sha256Hash'] : undefined];
  return candidates.find((candidate) => typeof candidate === 'string') ?? null;
}

function refuse(code: string, message: string): DocumentChoice {
  return { ok: false, error: new GraphQLError(message, { extensions: { code } }) };
}

async function readList(path: string): Promise<Readonly<Record<string, unknown>>> {
  let list: unknown;
  try {
    list = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw unusable(path, error instanceof SyntaxError ? 'the file is not JSON' : 'the file cannot be read', error);
  }
  if (!isRecord(list)) throw unusable(path, 'the file is not a JSON object of ids and documents');
  return list;
}

function faultOf(text: string, schema: GraphQLSchema): string | null {
  try {
    const [fault] = validate(schema, parse(text, parseOptions), [...specifiedRules, ...makeValidationRules({ introspection: true })]);
    return fault === undefined ? null : `is not valid: ${fault.message}`;
  } catch (error) {
    if (error instanceof GraphQLError) return `does not parse: ${error.message}`;
    throw error;
  }
}

function unusable(path: string, reason: string, cause?: unknown): CarillonError {
  return new CarillonError('TRUSTED_DOCUMENTS', `TRUSTED_DOCUMENTS=${path}: ${reason}`, { cause });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

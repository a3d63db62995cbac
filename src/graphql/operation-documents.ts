// Parses and validates what comes over the WebSocket, by the rules that hold on HTTP, once per text: ten thousand subscribers that
// come back after a restart send the same one. HTTP has Apollo for it, and needs this for subscriptions alone.
import { GraphQLError, parse, specifiedRules, validate } from 'graphql';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import { isStackOverflow, nestedTooDeeply } from './errors.ts';
import { certainSubscriptionRule, makeValidationRules, parseOptions } from './limits.ts';

export type OperationDocument =
  | { readonly ok: true; readonly document: DocumentNode }
  | { readonly ok: false; readonly errors: readonly GraphQLError[] };

// Bounds the memory: 200 documents of at most 4 KiB.
const MOST_KEPT = 200;
const LONGEST_KEPT = 4 * 1024;

/** Errors carry Apollo's codes: GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED. Valid documents are kept, others never. */
export function makeReadDocument({
  schema,
  introspection,
}: {
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
}): (text: string) => OperationDocument {
  const rules = [...specifiedRules, ...makeValidationRules({ introspection })];
  // "Did you mean" names parts of the schema.
  const options = { hideSuggestions: !introspection };
  const kept = new Map<string, DocumentNode>();

  const read = (text: string): OperationDocument => {
    let document: DocumentNode;
    try {
      document = parse(text, parseOptions);
    } catch (error) {
      if (isStackOverflow(error)) return { ok: false, errors: [withCode(new GraphQLError(nestedTooDeeply), 'GRAPHQL_PARSE_FAILED')] };
      if (!(error instanceof GraphQLError)) throw error;
      return { ok: false, errors: [withCode(error, 'GRAPHQL_PARSE_FAILED')] };
    }
    const uncertain = validate(schema, document, [certainSubscriptionRule], options);
    const errors = uncertain.length > 0 ? uncertain : validate(schema, document, rules, options);
    if (errors.length > 0) return { ok: false, errors: errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED')) };
    return { ok: true, document };
  };

  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return { ok: true, document: known };
    const result = read(text);
    if (result.ok && text.length <= LONGEST_KEPT) {
      kept.set(text, result.document);
      const [oldest] = kept.keys();
      if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    }
    return result;
  };
}

/** The same error about the same place in the document, with another extensions.code. */
export function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes, source, positions, extensions } = error;
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    extensions: { ...extensions, code },
  });
}

// graphql-eslint for schema.graphql and the operations of examples/; oxlint reads the code. tests/unit/schema-gates.test.ts plants a violation of each.
import graphql from '@graphql-eslint/eslint-plugin';

const configs = graphql.configs;
const everywhere = {
  languageOptions: {
    parser: graphql.parser,
    parserOptions: { graphQLConfig: { schema: 'schema.graphql', documents: 'examples/**/*.graphql' } },
  },
  plugins: { '@graphql-eslint': graphql },
};

/** Not in the recommended rules. Of all the others, those that are left out ask for what this API does not do: see below. */
const schemaRules = {
  '@graphql-eslint/require-description': [
    'error',
    { types: true, FieldDefinition: true, InputValueDefinition: true, EnumValueDefinition: true, DirectiveDefinition: true },
  ],
  '@graphql-eslint/no-scalar-result-type-on-mutation': 'error',
  '@graphql-eslint/require-nullable-fields-with-oneof': 'error',
};

const exceptions = {
  // Pages are read forwards only: a keyset needs an index per direction, and nobody reads a list of messages from its end.
  '@graphql-eslint/relay-arguments': ['error', { includeBoth: false }],
  '@graphql-eslint/relay-edge-types': [
    'error',
    {
      // There is no `node(id:)`: ids belong to their type, and `client`, `mailing` and `message` say which one is meant.
      shouldImplementNode: false,
      // `nodes` spares callers who need no cursors the edges; and a list may be of plain values, such as tags.
      listTypeCanWrapOnlyEdgeType: false,
    },
  ],
  // Clients, mailings and messages have an id. What lies in them (windows, counts, errors, payloads, pages) has no identity of its own.
  '@graphql-eslint/strict-id-in-types': 'off',
};

// Left out: alphabetize (what matters most comes first) · input-name (mutations take an id and a version beside their input) ·
// no-root-type (mutations and subscriptions are the point) · require-deprecation-date (not an argument of @deprecated; changes that
// break are held by scripts/check-schema-changes.ts) · require-field-of-type-query-in-mutation-result (a payload has what was changed;
// more is another root field) · require-nullable-result-in-root (the contract says what is never null) ·
// require-type-pattern-with-oneof (faults are userErrors).
const schema = {
  ...everywhere,
  files: ['schema.graphql'],
  rules: { ...configs['flat/schema-recommended'].rules, ...configs['flat/schema-relay'].rules, ...schemaRules, ...exceptions },
};

const operations = {
  ...everywhere,
  files: ['examples/**/*.graphql'],
  rules: configs['flat/operations-recommended'].rules,
};

/**
 * The console's: a program of its own, so its operations may bear the same names as an example's. The plugin keeps to the first documents it has
 * seen, so `npm run check:schema-rules` looks at them by a run of its own.
 */
const consoleOperations = {
  ...operations,
  files: ['web/src/**/*.graphql'],
  languageOptions: {
    parser: graphql.parser,
    parserOptions: { graphQLConfig: { schema: 'schema.graphql', documents: 'web/src/**/*.graphql' } },
  },
};

/** People read the playground's tabs, no cache does: an id stands where the next step needs it. */
const tabs = { files: ['examples/operations/*.graphql'], rules: { '@graphql-eslint/require-selections': 'off' } };

export default [schema, operations, consoleOperations, tabs];

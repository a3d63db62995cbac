// Types for the .graphql files beside this one. `npm run codegen` writes generated/, `npm run check:codegen` compares it.
import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  // In a project of your own: the service's address, http://127.0.0.1:4000/graphql.
  schema: 'schema.graphql',
  documents: 'examples/typed-clients/*.graphql',
  generates: {
    'examples/typed-clients/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false, skipIndexFile: true },
      config: {
        // What is on the wire: instants and ids are text, counts are numbers below 2^53. A scalar that is missing here is an error.
        scalars: { ID: 'string', DateTime: 'string', SafeInt: 'number' },
        strictScalars: true,
        enumsAsTypes: true,
        useTypeImports: true,
        importExtension: '.ts',
      },
    },
  },
};

export default config;

// For every root field of a schema the smallest valid document that asks for it, so that tests over all fields grow with the schema.
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql';
import type { GraphQLInputType, GraphQLSchema, OperationTypeNode } from 'graphql';

export interface RootFieldDocument {
  readonly operation: OperationTypeNode;
  readonly field: string;
  readonly document: string;
}

/** Ids are of nothing that exists; what is optional is left out. */
export function rootFieldDocuments(schema: GraphQLSchema): readonly RootFieldDocument[] {
  return (['query', 'mutation', 'subscription'] as const).flatMap((operation) => {
    const fields = Object.values(schema.getRootType(operation as OperationTypeNode)?.getFields() ?? {});
    return fields.map(({ name, args, type }) => {
      const given = args.filter(isRequiredArgument).map((argument) => `${argument.name}: ${exampleOf(argument.type)}`);
      const call = given.length === 0 ? name : `${name}(${given.join(', ')})`;
      const document = `${operation} { ${call} ${isLeafType(getNamedType(type)) ? '' : '{ __typename }'} }`;
      return { operation: operation as OperationTypeNode, field: name, document };
    });
  });
}

const scalars: Readonly<Record<string, string>> = {
  ID: '"9000000000000"',
  String: '"x"',
  Int: '1',
  Float: '1',
  Boolean: 'false',
  DateTime: '"2099-01-01T00:00:00Z"',
};

function exampleOf(type: GraphQLInputType): string {
  if (isNonNullType(type)) return exampleOf(type.ofType);
  if (isListType(type)) return '[]';
  if (isEnumType(type)) return type.getValues()[0]?.name ?? '';
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(isRequiredInputField);
    return `{ ${fields.map((field) => `${field.name}: ${exampleOf(field.type)}`).join(', ')} }`;
  }
  const example = scalars[type.name];
  if (example === undefined) throw new Error(`schema-documents has no example of ${type.name}`);
  return example;
}

// What an operation may cost, known before it runs: the objects it can load, by the page sizes it asks for. One rule for both transports.
// A field that costs more than others says so where it is declared (`complexity`).
import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import { GraphQLError, Kind, getNamedType, getNullableType, isCompositeType, isListType, isObjectType } from 'graphql';
import type { DocumentNode, FieldNode, GraphQLField, GraphQLSchema, OperationDefinitionNode, SelectionSetNode, ValueNode } from 'graphql';
import { pageSizeLimit } from '../database/keyset.ts';
import { SAMPLES_PER_MINUTE, minutesLimit, pointsLimit } from './sample-limits.ts';

/** About a quarter of a second of one core: 5,000 small objects out of as many rows. */
export const costLimit = 5_000;

/** Of an object, and of every entry of a list. Leaves are free. */
const OBJECT_COST = 1;
/** A change is a transaction of its own, a subscription is executed again for every event. */
const CHANGE_COST = 10;
/** Of a list that is not read in pages, such as userErrors. */
const ASSUMED_LENGTH = 10;

/** Arguments that say how long a list is: the entries that one of them is worth, and the most that the fields take. */
const lengthArguments: Readonly<Record<string, { readonly entries: number; readonly most: number }>> = {
  first: { entries: 1, most: pageSizeLimit },
  points: { entries: 1, most: pointsLimit },
  minutes: { entries: SAMPLES_PER_MINUTE, most: minutesLimit },
};

/** As `extensions.cost` of every answer to an operation. */
export interface OperationCost {
  readonly requested: number;
  readonly limit: number;
}

export interface CostedOperation {
  readonly schema: GraphQLSchema;
  /** Valid, and within `operationLimits`: fragments are followed wherever they are spread. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As the caller gave them, coerced or not. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * A field costs its own weight and what is selected in it; in a list, that times the entries: of a connection's `nodes` and `edges` the
 * page size (`first`), of lists with a length what it comes to, of others 10. Introspection is free, as it has limits of its own. Fields that @skip or @include would leave
 * out count too.
 */
export function costOf(costed: CostedOperation): OperationCost {
  const root = costed.schema.getRootType(costed.operation.operation);
  const requested = root ? selectionCost(costed, costed.operation.selectionSet, root.name, null) : 0;
  return { requested, limit: costLimit };
}

/** null: the operation may run. */
export function costFaultOf(cost: OperationCost): GraphQLError | null {
  if (cost.requested <= cost.limit) return null;
  return new GraphQLError(
    `The operation may cost ${cost.requested}, and at most ${cost.limit} is allowed: ask for smaller pages (first), or for fewer lists inside lists.`,
    { extensions: { code: 'OPERATION_TOO_EXPENSIVE', cost } },
  );
}

/** Refuses what is too expensive before any of it runs, and declares the cost in the answer. */
export function makeCostPlugin(): ApolloServerPlugin<BaseContext> {
  return {
    requestDidStart: async () => {
      let cost: OperationCost | null = null;
      return {
        didResolveOperation: async ({ schema, document, operation, request }) => {
          if (operation === undefined || operation === null) return;
          cost = costOf({ schema, document, operation, variables: request.variables ?? {} });
          const fault = costFaultOf(cost);
          if (fault !== null) throw new GraphQLError(fault.message, { extensions: { ...fault.extensions, http: { status: 400 } } });
        },
        willSendResponse: async ({ response: { body } }) => {
          if (cost === null || body?.kind !== 'single') return;
          body.singleResult.extensions = { ...body.singleResult.extensions, cost };
        },
      };
    },
  };
}

/** `pageSize`: of the connection whose fields these are; null elsewhere. */
function selectionCost(costed: CostedOperation, set: SelectionSetNode, typeName: string, pageSize: number | null): number {
  let sum = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) sum += fieldCost(costed, selection, typeName, pageSize);
    else if (selection.kind === Kind.INLINE_FRAGMENT) {
      sum += selectionCost(costed, selection.selectionSet, selection.typeCondition?.name.value ?? typeName, pageSize);
    } else {
      const fragment = costed.document.definitions.find(
        (node) => node.kind === Kind.FRAGMENT_DEFINITION && node.name.value === selection.name.value,
      );
      if (fragment?.kind !== Kind.FRAGMENT_DEFINITION) continue;
      sum += selectionCost(costed, fragment.selectionSet, fragment.typeCondition.name.value, pageSize);
    }
  }
  return sum;
}

function fieldCost(costed: CostedOperation, node: FieldNode, typeName: string, pageSize: number | null): number {
  const parent = costed.schema.getType(typeName);
  const field = isObjectType(parent) ? parent.getFields()[node.name.value] : undefined;
  if (field === undefined) return 0;
  const length = lengthOf(costed, node, field);
  const type = getNamedType(field.type);
  const inside = node.selectionSet === undefined ? 0 : selectionCost(costed, node.selectionSet, type.name, length);
  const entries = isListType(getNullableType(field.type)) ? (length ?? pageSize ?? ASSUMED_LENGTH) : 1;
  return entries * (weightOf(costed, field, typeName) + inside);
}

function weightOf({ schema }: CostedOperation, field: GraphQLField<unknown, unknown>, typeName: string): number {
  const { complexity } = field.extensions;
  if (typeof complexity === 'number') return complexity;
  const changes = typeName === schema.getMutationType()?.name || typeName === schema.getSubscriptionType()?.name;
  if (changes) return CHANGE_COST;
  return isCompositeType(getNamedType(field.type)) ? OBJECT_COST : 0;
}

/** Entries; null: the field does not say. What is out of range is refused by the field itself, in words of its own. */
function lengthOf({ operation, variables }: CostedOperation, node: FieldNode, field: GraphQLField<unknown, unknown>): number | null {
  const argument = field.args.find(({ name }) => Object.hasOwn(lengthArguments, name));
  const length = argument === undefined ? undefined : lengthArguments[argument.name];
  if (argument === undefined || length === undefined) return null;
  const given = node.arguments?.find(({ name }) => name.value === argument.name)?.value;
  const value = given === undefined ? undefined : valueOf(given, operation, variables);
  const asked = typeof value === 'number' ? value : argument.defaultValue;
  return length.entries * (typeof asked === 'number' ? Math.min(Math.max(asked, 1), length.most) : length.most);
}

function valueOf(node: ValueNode, operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>): unknown {
  if (node.kind === Kind.INT) return Number(node.value);
  if (node.kind !== Kind.VARIABLE) return undefined;
  const name = node.name.value;
  if (Object.hasOwn(variables, name)) return variables[name];
  const standard = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name)?.defaultValue;
  return standard === undefined ? undefined : valueOf(standard, operation, variables);
}

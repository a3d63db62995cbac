// What the execution of an operation comes to, found out once: its fields with fragments in their places, each with how its value is made.
import { Kind, TypeNameMetaFieldDef, getNamedType, getNullableType, isLeafType, isListType, isNonNullType, isObjectType } from 'graphql';
import type {
  DocumentNode,
  FieldNode,
  GraphQLField,
  GraphQLFieldResolver,
  GraphQLLeafType,
  GraphQLObjectType,
  GraphQLOutputType,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionSetNode,
} from 'graphql';

export interface FieldPlan {
  /** Under which it stands in the answer. */
  readonly key: string;
  readonly name: string;
  /** Of __typename, which every object has; null: any other field. */
  readonly typeName: string | null;
  readonly definition: GraphQLField<unknown, unknown>;
  readonly node: FieldNode;
  /** null: the property of its name. */
  readonly resolver: GraphQLFieldResolver<unknown, unknown> | null;
  readonly value: ValuePlan;
}

export type ValuePlan =
  | { readonly kind: 'leaf'; readonly nonNull: boolean; readonly type: GraphQLLeafType }
  | { readonly kind: 'list'; readonly nonNull: boolean; readonly item: ValuePlan }
  | {
      readonly kind: 'object';
      readonly nonNull: boolean;
      readonly type: GraphQLObjectType<unknown, unknown>;
      readonly fields: readonly FieldPlan[];
    };

/** A document that asks for what a plan cannot say: conditions, directives of other kinds, introspection, abstract types. */
class NoPlan extends Error {}

/** null: there is none. The document is valid, and within `operationLimits`. */
export function planOperation(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): readonly FieldPlan[] | null {
  const root = schema.getRootType(operation.operation);
  if (!root) return null;
  try {
    return planFields(document, root, [operation.selectionSet]);
  } catch (error) {
    if (error instanceof NoPlan) return null;
    throw error;
  }
}

function planFields(document: DocumentNode, type: GraphQLObjectType, sets: readonly SelectionSetNode[]): readonly FieldPlan[] {
  const nodesOf = new Map<string, FieldNode[]>();
  const entered = new Set<string>();
  for (const set of sets) collectFields(document, type, set, nodesOf, entered);
  return [...nodesOf].map(([key, nodes]) => planField(document, type, key, nodes));
}

/** In graphql's order: a key stands where it is met first. */
function collectFields(
  document: DocumentNode,
  type: GraphQLObjectType,
  set: SelectionSetNode,
  nodesOf: Map<string, FieldNode[]>,
  entered: Set<string>,
): void {
  for (const selection of set.selections) {
    if ((selection.directives ?? []).length > 0) throw new NoPlan();
    if (selection.kind === Kind.FIELD) {
      const key = selection.alias?.value ?? selection.name.value;
      nodesOf.set(key, [...(nodesOf.get(key) ?? []), selection]);
      continue;
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      if ((selection.typeCondition?.name.value ?? type.name) !== type.name) throw new NoPlan();
      collectFields(document, type, selection.selectionSet, nodesOf, entered);
      continue;
    }
    const name = selection.name.value;
    if (entered.has(name)) continue;
    entered.add(name);
    const fragment = document.definitions.find((node) => node.kind === Kind.FRAGMENT_DEFINITION && node.name.value === name);
    if (fragment?.kind !== Kind.FRAGMENT_DEFINITION || fragment.typeCondition.name.value !== type.name) throw new NoPlan();
    collectFields(document, type, fragment.selectionSet, nodesOf, entered);
  }
}

function planField(document: DocumentNode, type: GraphQLObjectType, key: string, nodes: readonly FieldNode[]): FieldPlan {
  const [node] = nodes;
  // As a key of an ordinary object it would be no property.
  if (node === undefined || key === '__proto__') throw new NoPlan();
  const name = node.name.value;
  const definition = name === '__typename' ? TypeNameMetaFieldDef : type.getFields()[name];
  if (definition === undefined) throw new NoPlan();
  const sets = nodes.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : [selectionSet]));
  const value = planValue(document, definition.type, sets);
  return {
    key,
    name,
    typeName: name === '__typename' ? type.name : null,
    definition,
    node,
    resolver: definition.resolve ?? null,
    value,
  };
}

function planValue(document: DocumentNode, type: GraphQLOutputType, sets: readonly SelectionSetNode[]): ValuePlan {
  const nonNull = isNonNullType(type);
  const nullable = getNullableType(type);
  if (isListType(nullable)) return { kind: 'list', nonNull, item: planValue(document, nullable.ofType, sets) };
  const named = getNamedType(nullable);
  if (isLeafType(named)) return { kind: 'leaf', nonNull, type: named };
  if (isObjectType(named)) return { kind: 'object', nonNull, type: named, fields: planFields(document, named, sets) };
  throw new NoPlan();
}

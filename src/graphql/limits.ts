// What one operation may ask for, on HTTP and on the WebSocket alike. Generous for people and generated clients, the playground's
// introspection included; bounded for everybody else.
import { GraphQLError, Kind } from 'graphql';
import type {
  ASTVisitor,
  DirectiveNode,
  FieldNode,
  OperationDefinitionNode,
  SelectionNode,
  SelectionSetNode,
  ValidationContext,
  ValidationRule,
} from 'graphql';

/** Counted with every fragment spread in place. Introspection has a depth of its own: GraphiQL asks for 15 levels. */
export const operationLimits = {
  tokens: 2_000,
  depth: 12,
  introspectionDepth: 20,
  rootFields: 50,
  fields: 1_000,
  aliases: 50,
  directives: 50,
} as const;

/** For graphql's parse, and Apollo's `parseOptions`. */
export const parseOptions = { maxTokens: operationLimits.tokens };

/** Beside graphql's specified rules, for both transports. They decide about introspection alone: Apollo's own switch stays on. */
export function makeValidationRules({ introspection }: { readonly introspection: boolean }): readonly ValidationRule[] {
  return introspection ? [operationLimitsRule] : [operationLimitsRule, noIntrospectionRule];
}

/**
 * A subscription has its one root field for certain (GraphQL specification, 5.2.4.1): without it there would be nothing to subscribe to.
 * To be held before graphql's specified rules: the one about subscriptions evaluates the conditions, without variables, and throws.
 */
export function certainSubscriptionRule(context: ValidationContext): ASTVisitor {
  /** `seen`: fragments that were entered already; each is once, however often it is spread. */
  const conditionsOf = (set: SelectionSetNode, seen: Set<string>): readonly DirectiveNode[] =>
    set.selections.flatMap((selection) => {
      const own = selection.directives?.filter(({ name: { value } }) => value === 'skip' || value === 'include') ?? [];
      if (selection.kind === Kind.FIELD) return own;
      if (selection.kind === Kind.INLINE_FRAGMENT) return [...own, ...conditionsOf(selection.selectionSet, seen)];
      const name = selection.name.value;
      const fragment = seen.has(name) ? null : context.getFragment(name);
      seen.add(name);
      return fragment ? [...own, ...conditionsOf(fragment.selectionSet, seen)] : own;
    });
  return {
    OperationDefinition: ({ operation, selectionSet }: OperationDefinitionNode) => {
      const nodes = operation === 'subscription' ? conditionsOf(selectionSet, new Set()) : [];
      if (nodes.length > 0)
        context.reportError(new GraphQLError('The root field of a subscription takes no @skip and no @include.', { nodes }));
    },
  };
}

/** One error per question about the schema; graphql's own rule reports every field below it too. */
function noIntrospectionRule(context: ValidationContext): ASTVisitor {
  return {
    Field: (field: FieldNode) => {
      if (!isIntrospection(field)) return;
      context.reportError(new GraphQLError('Introspection is switched off.', { nodes: field }));
    },
  };
}

function isIntrospection({ name: { value } }: FieldNode): boolean {
  return value === '__schema' || value === '__type';
}

/** What a selection set comes to, from itself downwards. */
interface Weight {
  depth: number;
  introspectionDepth: number;
  /** Fields at its own level. */
  rootFields: number;
  fields: number;
  aliases: number;
  directives: number;
}

const measures = [
  'depth',
  'introspectionDepth',
  'rootFields',
  'fields',
  'aliases',
  'directives',
] as const satisfies readonly (keyof Weight)[];

const measureNames = {
  depth: 'levels of fields',
  introspectionDepth: 'levels of introspection',
  rootFields: 'fields at its root',
  fields: 'fields',
  aliases: 'aliases',
  directives: 'directives',
} satisfies Record<keyof Weight, string>;

function operationLimitsRule(context: ValidationContext): ASTVisitor {
  const weigh = makeScale(context);
  return {
    OperationDefinition: (operation: OperationDefinitionNode) => {
      const weight = weigh(operation.selectionSet);
      weight.directives += operation.directives?.length ?? 0;
      for (const measure of measures) {
        if (weight[measure] <= operationLimits[measure]) continue;
        const message = `The operation has too many ${measureNames[measure]}: at most ${operationLimits[measure]} are allowed.`;
        context.reportError(new GraphQLError(message, { nodes: operation }));
      }
      return false;
    },
  };
}

/** Each fragment is weighed once, so that fragments that spread each other cost no more than their text. */
function makeScale(context: ValidationContext): (set: SelectionSetNode) => Weight {
  const fragments = new Map<string, Weight>();

  const weighSet = (set: SelectionSetNode): Weight => {
    const sum = nothing();
    for (const selection of set.selections) {
      add(sum, weighSelection(selection));
      sum.directives += selection.directives?.length ?? 0;
    }
    return sum;
  };

  const weighSelection = (selection: SelectionNode): Weight => {
    if (selection.kind === Kind.INLINE_FRAGMENT) return weighSet(selection.selectionSet);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return weighFragment(selection.name.value);
    const inside = selection.selectionSet === undefined ? nothing() : weighSet(selection.selectionSet);
    const introspects = isIntrospection(selection);
    return {
      depth: introspects ? 1 : inside.depth + 1,
      introspectionDepth: introspects ? inside.depth + 1 : inside.introspectionDepth,
      rootFields: 1,
      fields: inside.fields + 1,
      aliases: inside.aliases + (selection.alias === undefined ? 0 : 1),
      directives: inside.directives,
    };
  };

  const weighFragment = (name: string): Weight => {
    const known = fragments.get(name);
    if (known !== undefined) return known;
    // Also ends cycles, which a rule of graphql's own reports.
    fragments.set(name, nothing());
    const fragment = context.getFragment(name);
    const weight = fragment ? weighSet(fragment.selectionSet) : nothing();
    weight.directives += fragment?.directives?.length ?? 0;
    fragments.set(name, weight);
    return weight;
  };

  return weighSet;
}

function nothing(): Weight {
  return { depth: 0, introspectionDepth: 0, rootFields: 0, fields: 0, aliases: 0, directives: 0 };
}

function add(sum: Weight, part: Weight): void {
  sum.depth = Math.max(sum.depth, part.depth);
  sum.introspectionDepth = Math.max(sum.introspectionDepth, part.introspectionDepth);
  sum.rootFields += part.rootFields;
  sum.fields += part.fields;
  sum.aliases += part.aliases;
  sum.directives += part.directives;
}

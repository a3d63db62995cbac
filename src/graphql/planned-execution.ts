// Runs queries that go well by a plan of their operation, made once: which resolver, which serializer, which fields within. Nothing is
// compiled to program text. Whatever does not go well gives no data, and graphql executes the operation from its start: so every error,
// its place, and every null it causes are graphql's own, and the plan knows only how a good answer looks.
import { getArgumentValues, getVariableValues } from 'graphql';
import type { DocumentNode, GraphQLFieldResolver, GraphQLResolveInfo, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { planOperation } from './operation-plan.ts';
import type { FieldPlan, ValuePlan } from './operation-plan.ts';

export interface PlannedArgs {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As the caller gave them. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Of a subscription: the event. */
  readonly rootValue?: unknown;
  readonly contextValue: unknown;
}

/** The data of the answer, which then has no errors; null: graphql has to execute it. Resolvers may have run by then. Never rejects. */
export type ExecutePlanned = (args: PlannedArgs) => Promise<Readonly<Record<string, unknown>> | null>;

/** Bounds the memory, at about 200 bytes for each of at most 1,000 fields: strangers' documents make place for one another. */
const MOST_PLANS = 100;

/** Plans an operation the second time it comes. Mutations are left to graphql: they must not be done twice. */
export function makeExecutePlanned(schema: GraphQLSchema): ExecutePlanned {
  const seen = new WeakSet<OperationDefinitionNode>();
  /** null: there can be no plan. The longest unused first. */
  const plans = new Map<OperationDefinitionNode, readonly FieldPlan[] | null>();

  const planOf = (document: DocumentNode, operation: OperationDefinitionNode): readonly FieldPlan[] | null => {
    let plan = plans.get(operation);
    if (plan === undefined) {
      if (!seen.has(operation)) {
        seen.add(operation);
        return null;
      }
      plan = planOperation(schema, document, operation);
      const [oldest] = plans.keys();
      if (plans.size >= MOST_PLANS && oldest !== undefined) plans.delete(oldest);
    } else {
      plans.delete(operation);
    }
    plans.set(operation, plan);
    return plan;
  };

  return async ({ document, operation, variables, rootValue, contextValue }) => {
    const plan = operation.operation === 'mutation' ? null : planOf(document, operation);
    if (plan === null) return null;
    const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors: 1 });
    return coerced === undefined ? null : runPlan(plan, coerced, rootValue, contextValue);
  };
}

/** One execution. Its values are filled in as they come; the first thing that does not go well ends it. */
interface Run {
  readonly context: unknown;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly args: Map<FieldPlan, Readonly<Record<string, unknown>>>;
  waitingFor: number;
  over: boolean;
  readonly end: (isGood: boolean) => void;
}

async function runPlan(
  plan: readonly FieldPlan[],
  variables: Run['variables'],
  rootValue: unknown,
  context: unknown,
): Promise<Readonly<Record<string, unknown>> | null> {
  const ended = Promise.withResolvers<boolean>();
  const run: Run = { context, variables, args: new Map(), waitingFor: 0, over: false, end: ended.resolve };
  try {
    const data = readFields(run, plan, rootValue);
    if (run.waitingFor === 0) return data;
    return (await ended.promise) ? data : null;
  } catch {
    run.over = true;
    return null;
  }
}

function readFields(run: Run, fields: readonly FieldPlan[], source: unknown): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const field of fields) {
    const { key, value } = field;
    const found = resolve(run, field, source);
    // Its place in the order is taken at once.
    if (isPromise(found)) {
      data[key] = null;
      wait(run, found, (settled) => (data[key] = complete(run, value, settled)));
    } else {
      data[key] = complete(run, value, found);
    }
  }
  return data;
}

/** As graphql does it, and its own default resolver. */
function resolve(run: Run, field: FieldPlan, source: unknown): unknown {
  if (field.typeName !== null) return field.typeName;
  if (field.resolver !== null) return field.resolver(source, argsOf(run, field), run.context, noInfo);
  if (typeof source !== 'object' || source === null) return undefined;
  const property: unknown = Reflect.get(source, field.name);
  if (typeof property !== 'function') return property;
  const method = property as GraphQLFieldResolver<unknown, unknown>;
  return Reflect.apply(method, source, [argsOf(run, field), run.context, noInfo]);
}

function argsOf(run: Run, field: FieldPlan): Readonly<Record<string, unknown>> {
  let args = run.args.get(field);
  if (args === undefined) {
    args = field.definition.args.length === 0 ? {} : getArgumentValues(field.definition, field.node, run.variables);
    run.args.set(field, args);
  }
  return args;
}

/** Resolvers that look into it are executed by graphql. */
const noInfo = new Proxy({} as GraphQLResolveInfo, {
  get: () => {
    throw new Error('a planned field has no info');
  },
});

/** The promise is handled whatever becomes of the run: a rejection nobody waits for would end the process. */
function wait(run: Run, promise: PromiseLike<unknown>, fill: (settled: unknown) => void): void {
  run.waitingFor += 1;
  const giveUp = (): void => {
    run.over = true;
    run.end(false);
  };
  promise.then((settled) => {
    if (run.over) return;
    try {
      fill(settled);
    } catch {
      return giveUp();
    }
    run.waitingFor -= 1;
    if (run.waitingFor === 0) run.end(true);
  }, giveUp);
}

/** Throws for everything that is not plainly good. */
function complete(run: Run, plan: ValuePlan, value: unknown): unknown {
  if (value === null || value === undefined) {
    if (plan.nonNull) throw new Error('null where none may be');
    return null;
  }
  if (value instanceof Error) throw value;
  switch (plan.kind) {
    case 'leaf': {
      const serialized = plan.type.serialize(value);
      if (serialized === undefined || serialized === null) throw new Error('a leaf without a value');
      return serialized;
    }
    case 'list':
      if (!Array.isArray(value)) throw new Error('a list that is no array');
      return value.map((item) => complete(run, plan.item, item));
    case 'object':
      if (isPromise(value) || (plan.type.isTypeOf && plan.type.isTypeOf(value, run.context, noInfo) !== true))
        throw new Error('no such object');
      return readFields(run, plan.fields, value);
    default:
      return plan satisfies never;
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

// Runs one subscription for its whole group: graphql's source stream, an execution per event, one serialisation per result.
import { GraphQLError, createSourceEventStream, execute } from 'graphql';
import type { ExecutionArgs, ExecutionResult, GraphQLFormattedError } from 'graphql';
import type { OperationCost } from './operation-cost.ts';
import type { StartExecution } from './subscription-groups.ts';

/** The subscription could not start or broke off; `answer` is what its clients are told. */
export class SubscriptionFailed extends Error {
  readonly answer: readonly GraphQLFormattedError[];

  constructor(answer: readonly GraphQLFormattedError[]) {
    super('the subscription failed');
    this.name = 'SubscriptionFailed';
    this.answer = answer;
  }
}

export interface SubscriptionExecutionOptions {
  /** Without contextValue. */
  readonly args: ExecutionArgs;
  /** Declared with every result, as on HTTP. */
  readonly cost: OperationCost;
  /** Called for the stream and for every event: what a context remembers (loaders) must not outlive its event. */
  readonly makeContext: () => unknown;
  /** Called once per error, however many subscribers there are. */
  readonly toAnswer: (error: GraphQLError) => GraphQLFormattedError;
}

/** Results are JSON in UTF-8. Rejects, at the start or in next(), with SubscriptionFailed. */
export function makeSubscriptionExecution({ args, cost, makeContext, toAnswer }: SubscriptionExecutionOptions): StartExecution<Buffer> {
  const failure = (errors: readonly GraphQLError[]): SubscriptionFailed => new SubscriptionFailed(errors.map(toAnswer));
  const serialise = ({ errors, data, extensions }: ExecutionResult): Buffer =>
    Buffer.from(JSON.stringify({ errors: errors?.map(toAnswer), data, extensions: { ...extensions, cost } }));
  const executeEvent = async (event: unknown): Promise<Buffer> =>
    serialise(await execute({ ...args, rootValue: event, contextValue: makeContext() }));

  return async () => {
    const stream = await createSourceEventStream({ ...args, contextValue: makeContext() });
    if (!(Symbol.asyncIterator in stream)) throw failure(stream.errors ?? []);
    const events = stream[Symbol.asyncIterator]();
    return {
      next: async () => {
        try {
          const event = await events.next();
          return event.done === true ? { value: undefined, done: true } : { value: await executeEvent(event.value), done: false };
        } catch (error) {
          throw failure([toGraphQLError(error)]);
        }
      },
      return: async () => {
        await events.return?.();
        return { value: undefined, done: true };
      },
    };
  };
}

function toGraphQLError(error: unknown): GraphQLError {
  if (error instanceof GraphQLError) return error;
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(originalError.message, { originalError });
}

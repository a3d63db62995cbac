// Runs one subscription for its whole group: graphql's source stream, an execution per event, one serialisation per result.
import { GraphQLError, createSourceEventStream, execute } from 'graphql';
import type { ExecutionArgs, ExecutionResult, GraphQLFormattedError } from 'graphql';
import { passingCodeOf } from './errors.ts';
import type { OperationCost } from './operation-cost.ts';
import { retryable } from './retryable-events.ts';
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
  /** Called once per error that is told, however many subscribers there are. */
  readonly toAnswer: (error: GraphQLError) => GraphQLFormattedError;
  /** Called once per outage, at the first result that cannot be read. */
  readonly onOutage: (error: GraphQLError) => void;
}

/** An event whose result could not be read is tried again after this long, unless a newer one has come. Milliseconds. */
const RETRY_MS = 500;

/** An execution longer than this is followed by a rest: pages that take much to read take no more than a tenth of the time. */
const LONG_MS = 100;
const RESTS = 9;
/** What nobody can tell from a live page must not be old, at the price of more than a tenth for one that takes more than a second to read. */
const LONGEST_REST_MS = 10_000;

/** How long an execution of so many milliseconds is rested from; 0: not at all. */
export function restAfter(tookMs: number): number {
  return tookMs > LONG_MS ? Math.min(tookMs * RESTS, LONGEST_REST_MS) : 0;
}

/**
 * Results are JSON in UTF-8. A result that says nothing new is left out. So is one that cannot be read because the database is away: subscribers keep what they were
 * told last, and the event is tried again until it can be; the last one, too, before the end. And so is one about a mailing that is being
 * removed meanwhile: the stream says what becomes of it.
 * Rejects, at the start or in next(), with SubscriptionFailed.
 */
export function makeSubscriptionExecution(options: SubscriptionExecutionOptions): StartExecution<Buffer> {
  const { args, cost, makeContext, toAnswer, onOutage } = options;
  const failure = (errors: readonly GraphQLError[]): SubscriptionFailed => new SubscriptionFailed(errors.map(toAnswer));
  const serialise = ({ errors, data, extensions }: ExecutionResult): string =>
    JSON.stringify({ errors: errors?.map(toAnswer), data, extensions: { ...extensions, cost } });

  return async () => {
    const stream = await createSourceEventStream({ ...args, contextValue: makeContext() });
    if (!(Symbol.asyncIterator in stream)) throw failure(stream.errors ?? []);
    const events = retryable(stream[Symbol.asyncIterator](), RETRY_MS);
    let told: string | null = null;
    let outage = false;

    /** null: nothing is to be told. */
    const executeEvent = async (event: unknown): Promise<Buffer | null> => {
      const startedAt = performance.now();
      const result = await execute({ ...args, rootValue: event, contextValue: makeContext() });
      const tookMs = performance.now() - startedAt;
      events.rest(restAfter(tookMs));
      const passing = result.errors?.find(({ originalError }) => passingCodeOf(originalError) !== null);
      if (passing === undefined) {
        outage = false;
        const text = serialise(result);
        if (text === told) return null;
        told = text;
        return Buffer.from(text);
      }
      if (passingCodeOf(passing.originalError) === 'NOT_FOUND') return null;
      if (!outage) onOutage(passing);
      outage = true;
      events.repeat(event);
      return null;
    };

    return {
      next: async () => {
        try {
          for (;;) {
            const event = await events.next();
            if (event.done === true) return { value: undefined, done: true };
            const result = await executeEvent(event.value);
            if (result !== null) return { value: result, done: false };
          }
        } catch (error) {
          throw failure([toGraphQLError(error)]);
        }
      },
      return: async () => {
        await events.return();
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

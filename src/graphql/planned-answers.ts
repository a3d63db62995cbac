// Answers queries by plan where there is one; equal ones of one caller at one moment are executed once, and over HTTP written once.
import { HeaderMap } from '@apollo/server';
import type { ApolloServerOptions, ApolloServerPlugin } from '@apollo/server';
import type { OperationDefinitionNode } from 'graphql';
import { makeShareCalls } from '../database/shared-calls.ts';
import type { GraphqlContext } from './context.ts';
import type { OperationTrace } from './operation-trace.ts';
import type { ExecutePlanned } from './planned-execution.ts';

type StringifyResult = NonNullable<ApolloServerOptions<GraphqlContext>['stringifyResult']>;

interface Answer {
  /** null: graphql executes the operation, for each of those who share this. */
  readonly data: Readonly<Record<string, unknown>> | null;
  /** What was touched for it: it is in the log line of everybody who is given it. */
  readonly trace: OperationTrace;
}

/** Both are options of the same server: what `plugin` answers with, `stringifyResult` writes. */
export function makePlannedAnswers(executePlanned: ExecutePlanned): {
  readonly plugin: ApolloServerPlugin<GraphqlContext>;
  readonly stringifyResult: StringifyResult;
} {
  const share = makeShareCalls<Answer>();
  const texts = new WeakMap<object, string>();

  const plugin: ApolloServerPlugin<GraphqlContext> = {
    requestDidStart: async () => ({
      responseForOperation: async ({ document, operation, request, contextValue }) => {
        // Whatever its type says, there is none when the request names none of the document's, or one of several.
        const known: OperationDefinitionNode | undefined = operation;
        if (known?.operation !== 'query') return null;
        const variables = request.variables ?? {};
        const { data, trace } = await share(operation, JSON.stringify([contextValue.principal, variables], keepApart), async () => ({
          data: await executePlanned({ document, operation, variables, contextValue }),
          trace: contextValue.trace,
        }));
        if (data === null) return null;
        contextValue.trace.include(trace);
        return { http: { headers: new HeaderMap() }, body: { kind: 'single', singleResult: { data } } };
      },
    }),
  };

  const textOf = (data: object): string => {
    let text = texts.get(data);
    if (text === undefined) texts.set(data, (text = JSON.stringify(data)));
    return text;
  };

  // As Apollo writes it. What an answer has beside its data is its own, such as its cost.
  const stringifyResult: StringifyResult = (result) => {
    const { data, errors, extensions } = result;
    if (!data || errors !== undefined) return `${JSON.stringify(result)}\n`;
    const beside = extensions === undefined ? '' : `,"extensions":${JSON.stringify(extensions)}`;
    return `{"data":${textOf(data)}${beside}}\n`;
  };

  return { plugin, stringifyResult };
}

/** 1e400 is read as Infinity and would be written as null, which may be another variable's good value. No input type has such a field. */
function keepApart(_name: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? { 'not finite': String(value) } : value;
}

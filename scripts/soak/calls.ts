// The API as its users call it: any api process that answers will do, and what did not answer is asked again.
import { setTimeout as delay } from 'node:timers/promises';
import type { Draws } from './draws.ts';
import type { Journal } from './journal.ts';

/** Nobody waits longer for the API than this, whatever is restarted: the promised 30 s, and an api that was killed meanwhile. */
const answerWithinMs = 60_000;
const tryForMs = 4_000;
/** What the API says while it cannot reach its database: the caller may ask again. */
const passingCodes: readonly unknown[] = ['SERVICE_UNAVAILABLE'];

export interface Answered<Data> {
  readonly data: Data;
  /** Epoch milliseconds of the first try: it may have been carried out since then. */
  readonly askedAt: number;
  readonly answeredAt: number;
}

/** Answers null when it gave up: then a promise is broken, and noted, or the soak is over. */
export type Call = <Data>(query: string, variables?: Readonly<Record<string, unknown>>) => Promise<Answered<Data> | null>;

interface GraphqlAnswer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: Readonly<Record<string, unknown>> }[];
}

export function makeCall(urls: () => readonly string[], draws: Draws, journal: Journal, signal: AbortSignal): Call {
  return async <Data>(query: string, variables: Readonly<Record<string, unknown>> = {}) => {
    const askedAt = Date.now();
    let last = 'no api runs';
    while (!signal.aborted) {
      if (Date.now() - askedAt > answerWithinMs) {
        journal.violated(`the API gave no answer within ${answerWithinMs / 1_000} s: ${last}`);
        return null;
      }
      const [first, ...others] = urls();
      if (first !== undefined) {
        const answer = await ask<Data>(draws.pick([first, ...others]), query, variables);
        if (typeof answer !== 'string') {
          const fault = answer.errors?.[0];
          if (fault === undefined && answer.data !== undefined && answer.data !== null)
            return { data: answer.data, askedAt, answeredAt: Date.now() };
          const code = fault?.extensions?.['code'];
          if (!passingCodes.includes(code)) {
            journal.violated(`the API answers ${String(code)}: ${fault?.message ?? 'nothing'} (${query.slice(0, 60)})`);
            return null;
          }
          last = String(code);
        } else last = answer;
      }
      await delay(100);
    }
    return null;
  };
}

/** What it answered, or why it did not. */
async function ask<Data>(url: string, query: string, variables: Readonly<Record<string, unknown>>): Promise<GraphqlAnswer<Data> | string> {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(tryForMs),
    });
    return (await response.json()) as GraphqlAnswer<Data>;
  } catch (error) {
    return String(error);
  }
}

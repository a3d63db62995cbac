// What every resolver is given: the ports it may use, what this operation loads, and what its log line will say.
import type { Sql } from '../database/database.ts';
import { actorOf } from '../domain/principal.ts';
import type { Actor, Principal } from '../domain/principal.ts';
import type { SendingRates } from '../live/sending-rates.ts';
import type { LivePages } from '../live/page-feed.ts';
import type { LiveStatistics } from '../live/statistics-feed.ts';
import type { Log } from '../log.ts';
import type { Loaders } from './loaders.ts';
import { makeLoaders } from './loaders.ts';
import type { OperationTrace } from './operation-trace.ts';
import { makeOperationTrace } from './operation-trace.ts';
import type { Operations } from './operations.ts';

export interface GraphqlContext {
  /** Under which the log has everything about this operation. */
  readonly requestId: string;
  readonly log: Log;
  /** Who asks; in a live subscription, which callers of one role share, one of them. */
  readonly principal: Principal;
  readonly operations: Operations;
  readonly reads: { readonly database: Sql; readonly providerRate: number | null };
  readonly loaders: Loaders;
  readonly live: LiveStatistics & LivePages;
  readonly rates: SendingRates;
  readonly trace: OperationTrace;
}

export interface GraphqlParts {
  readonly log: Log;
  /** The operations of one caller, under whose name they are kept. Cheap: called for every operation that changes something. */
  readonly operationsFor: (actor: Actor) => Operations;
  readonly database: Sql;
  /** The configured cap over all workers, requests per second; null: none. */
  readonly providerRate: number | null;
  readonly live: LiveStatistics & LivePages;
  readonly rates: SendingRates;
}

/** Makes the context of one operation; on the WebSocket, of one subscription. Cheap: reads nothing. */
export type MakeContext = (requestId: string, principal: Principal) => GraphqlContext;

export function makeContextFactory({ log, operationsFor, database, providerRate, live, rates }: GraphqlParts): MakeContext {
  const reads = { database, providerRate };
  // Few operations need both. Apollo copies a context's own properties, and would make them by reading them: they stand behind it.
  const madeWhenAsked = {
    get operations(): Operations {
      return keep(this, 'operations', operationsFor(actorOf((this as unknown as GraphqlContext).principal)));
    },
    get loaders(): Loaders {
      return keep(this, 'loaders', makeLoaders(database));
    },
  };
  return (requestId, principal) => {
    const own = { requestId, log, principal, reads, live, rates, trace: makeOperationTrace() };
    return Object.assign(Object.create(madeWhenAsked) as typeof madeWhenAsked, own);
  };
}

function keep<Value>(context: object, name: string, value: Value): Value {
  Object.defineProperty(context, name, { value });
  return value;
}

// What the ports of both roles have in common: who callers are, health, and metrics.
import type { Auth } from './auth-settings.ts';
import type { Database } from './database/database.ts';
import { anyone } from './domain/principal.ts';
import type { Authenticate } from './domain/principal.ts';
import type { Route } from './http/exchange.ts';
import { makeHealthRoutes } from './http/health.ts';
import { makeMetricsRoute } from './http/metrics.ts';
import type { RequireRole } from './http/require-role.ts';
import { makeTokenCheck } from './http/token-check.ts';
import type { Log } from './log.ts';
import type { MetricRegistry } from './metrics/registry.ts';

/** AUTH=none takes everybody for the same one, whatever token comes along. */
export function makeAuthenticate(auth: Auth, log: Log): Authenticate {
  return auth.mode === 'jwt' ? makeTokenCheck({ ...auth, log }) : async () => ({ ok: true, principal: anyone });
}

export function makeOperatorRoutes(database: Database, metrics: MetricRegistry, requireRole: RequireRole): readonly Route[] {
  return [
    makeMetricsRoute({ readMetrics: metrics.expose, requireRole }),
    ...makeHealthRoutes({ checkReadiness: async () => checkDatabase(database) }),
  ];
}

/** Migrations are applied before anything listens: what can be missing later is the database itself. */
async function checkDatabase(database: Database): Promise<string | null> {
  try {
    await database.rows('select 1');
    return null;
  } catch {
    return 'the database does not answer';
  }
}

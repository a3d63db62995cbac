// GET /metrics: what Prometheus reads.
import type { Route } from './exchange.ts';
import { sendText } from './exchange.ts';
import type { RequireRole } from './require-role.ts';

export interface MetricsRouteOptions {
  readonly readMetrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
  readonly requireRole: RequireRole;
}

/** For viewers: Prometheus gets a token of its own (`authorization` in its configuration). */
export function makeMetricsRoute({ readMetrics, requireRole }: MetricsRouteOptions): Route {
  return {
    path: '/metrics',
    methods: ['GET'],
    handle: async (exchange) => {
      if ((await requireRole(exchange, 'viewer')) === null) return;
      const { contentType, text } = await readMetrics();
      exchange.response.setHeader('cache-control', 'no-store');
      sendText(exchange.response, 200, contentType, text);
    },
  };
}

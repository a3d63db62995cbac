// Is the process alive, and can it serve? For load balancers and orchestrators, which ask often and expect an answer soon.
import type { Route } from './exchange.ts';
import { sendJson } from './exchange.ts';

/** Why the process cannot serve, in a few words for an operator; null when it can. A rejection counts as a reason. */
export type CheckReadiness = () => Promise<string | null>;

/** However many ask, the check runs at most once per second. */
const KEPT_MS = 1_000;
const ANSWER_WITHIN_MS = 2_000;

/** GET /healthz: 200 as long as the event loop turns. GET /readyz: 200, or 503 with the reason. */
export function makeHealthRoutes({ checkReadiness }: { readonly checkReadiness: CheckReadiness }): readonly Route[] {
  let latest: { readonly reason: Promise<string | null>; readonly until: number } | null = null;

  const reasonNotReady = (): Promise<string | null> => {
    if (latest === null || performance.now() >= latest.until) {
      latest = { reason: withinTime(checkReadiness()), until: performance.now() + KEPT_MS };
    }
    return latest.reason;
  };

  return [
    {
      path: '/healthz',
      methods: ['GET'],
      handle: ({ response }) => {
        response.setHeader('cache-control', 'no-store');
        sendJson(response, 200, { status: 'ok' });
      },
    },
    {
      path: '/readyz',
      methods: ['GET'],
      handle: async ({ response }) => {
        const reason = await reasonNotReady();
        response.setHeader('cache-control', 'no-store');
        if (reason === null) sendJson(response, 200, { status: 'ok' });
        else sendJson(response, 503, { status: 'unavailable', reason });
      },
    },
  ];
}

/** What the check throws may name hosts and users: it stays inside. */
async function withinTime(check: Promise<string | null>): Promise<string | null> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve('the database does not answer in time'), ANSWER_WITHIN_MS);
  try {
    return await Promise.race([check, late.promise]);
  } catch {
    return 'the database cannot be reached';
  } finally {
    clearTimeout(timer);
  }
}

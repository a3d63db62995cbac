// Which origins the console's page has to reach to sign people in: the issuer's, and those of the endpoints that it publishes.
import type { Log } from '../log.ts';

export interface OidcOriginsOptions {
  readonly issuer: string;
  readonly log: Log;
}

/** What the page calls by fetch; the other endpoints are pages, which no policy keeps it from opening. */
const endpoints = ['token_endpoint', 'revocation_endpoint'] as const;
/** Endpoints move less than once a year; a provider that was away is asked again sooner. */
const KEPT_MS = 60 * 60 * 1000;
const RETRY_MS = 10_000;
/** Nobody waits longer for the console's page: it then names the issuer alone, which mostly has everything. */
const ANSWER_WITHIN_MS = 2_000;

/** Reads the issuer's description at the first call, and now and then again. Never rejects. */
export function makeOidcOrigins({ issuer, log }: OidcOriginsOptions): () => Promise<readonly string[]> {
  const own = new URL(issuer).origin;
  let latest: Promise<readonly string[]> | null = null;
  let dueAt = Number.NEGATIVE_INFINITY;
  let known: readonly string[] = [own];

  const read = async (): Promise<readonly string[]> => {
    try {
      const published = await readPublished(issuer);
      known = [...new Set([own, ...published])].toSorted();
    } catch (error) {
      dueAt = performance.now() + RETRY_MS;
      log.warn({ err: error, setting: 'AUTH_OIDC_ISSUER' }, 'the identity provider does not say where its endpoints are; trying again');
    }
    return known;
  };

  return async () => {
    if (latest === null || performance.now() >= dueAt) {
      dueAt = performance.now() + KEPT_MS;
      latest = read();
    }
    return latest;
  };
}

async function readPublished(issuer: string): Promise<readonly string[]> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS), headers: { accept: 'application/json' } });
  if (!answer.ok) throw new Error(`${answer.status} at ${url}`);
  const description = (await answer.json()) as Readonly<Record<string, unknown>>;
  return endpoints.flatMap((name) => {
    const address = description[name];
    const endpoint = typeof address === 'string' ? URL.parse(address) : null;
    return endpoint !== null && /^https?:$/.test(endpoint.protocol) ? [endpoint.origin] : [];
  });
}

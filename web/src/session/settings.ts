// What the service tells the page before anybody has signed in.
import { fetchWithTime } from '../api/service-clock.ts';

/** As GET /console/settings.json answers. */
export interface ConsoleSettings {
  readonly auth: 'none' | 'jwt';
  /** null: callers are recognised, but there is no provider to sign in with; a token has to be pasted. */
  readonly oidc: OidcSettings | null;
}

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Throws when the service does not answer. */
export async function readSettings(): Promise<ConsoleSettings> {
  const answer = await fetchWithTime('/console/settings.json', { headers: { accept: 'application/json' } });
  if (!answer.ok) throw new Error(`settings: ${answer.status}`);
  return (await answer.json()) as ConsoleSettings;
}

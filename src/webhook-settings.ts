// The settings of outgoing webhooks: what they are, what can be wrong with them, and what they come to. config.ts reads them with all others.
import { isLoopback } from './oidc-settings.ts';

export interface Webhooks {
  readonly url: string;
  /** At least one; each signs. */
  readonly secrets: readonly string[];
}

export const webhookSettings = [
  {
    name: 'WEBHOOK_URL',
    default: 'unset',
    meaning: 'who is told when mailings start and complete and the gate closes and opens; with `WEBHOOK_SECRET`, else nobody is',
  },
  {
    name: 'WEBHOOK_SECRET',
    default: 'unset',
    meaning: '`whsec_` and 24 to 64 bytes in base64 that webhooks are signed with; several with commas',
  },
] as const;

// Each of these says what follows the setting's name in a fault, or null when the value is good.

export function webhookUrlFault(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return ': must be an https:// URL (its value is not shown)';
  if (url.username !== '' || url.password !== '') return ': must not carry a user or password; webhooks are signed with WEBHOOK_SECRET';
  return url.hash === '' ? null : ': must have no fragment (its value is not shown)';
}

export function webhookSecretFault(text: string): string | null {
  const secrets = toSecrets(text);
  return secrets.length > 0 && secrets.every(isSecret)
    ? null
    : `: must be whsec_ and 24 to 64 bytes in base64 (its value is not shown); make one with node -p "'whsec_' + require('crypto').randomBytes(32).toString('base64')"`;
}

function isSecret(text: string): boolean {
  const base64 = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text)?.[1];
  if (base64 === undefined || base64.length % 4 !== 0) return false;
  const { length } = Buffer.from(base64, 'base64');
  return length >= 24 && length <= 64;
}

function toSecrets(text: string): readonly string[] {
  return text
    .split(',')
    .map((secret) => secret.trim())
    .filter((secret) => secret !== '');
}

/** null: nobody is told. One without the other is a contradiction that has been reported. */
export function toWebhooks(url: string | null, secret: string | null): Webhooks | null {
  return url === null || secret === null ? null : { url, secrets: toSecrets(secret) };
}

/** `given`: the names of all settings that are set. */
export function webhookContradictions(given: ReadonlySet<string>): readonly string[] {
  const [url, secret] = [given.has('WEBHOOK_URL'), given.has('WEBHOOK_SECRET')];
  if (url && !secret) return ['WEBHOOK_URL is set without WEBHOOK_SECRET: its receiver could not tell our webhooks from others; set both'];
  return secret && !url ? ['WEBHOOK_SECRET is set without WEBHOOK_URL: nobody would be told; set both, or unset WEBHOOK_SECRET'] : [];
}

export function webhookWarningsOf(webhooks: Webhooks | null): readonly string[] {
  if (webhooks === null) return [];
  const { protocol, hostname } = new URL(webhooks.url);
  return protocol === 'https:' || isLoopback(hostname.replace(/^\[|\]$/g, ''))
    ? []
    : ['WEBHOOK_URL is not https: whoever is on the way reads what is told'];
}

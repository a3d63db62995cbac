// The flags and settings of `npm run token`. Reports all faults at once; none shows the secret.
import { parseArgs } from 'node:util';
import { readConfig } from '../../src/config.ts';
import type { Auth } from '../../src/auth-settings.ts';
import { roles } from '../../src/domain/principal.ts';
import type { Role } from '../../src/domain/principal.ts';

export interface TokenOptions {
  readonly secret: string;
  readonly issuer: string | null;
  readonly audience: string | null;
  readonly subject: string;
  readonly role: Role;
  readonly seconds: number;
}

export type TokenCommand = { readonly options: TokenOptions } | { readonly help: string } | { readonly faults: readonly string[] };

type Environment = Readonly<Record<string, string | undefined>>;

const longestDays = 366;
const unitSeconds = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

const help = `Prints a bearer token for a service that runs with AUTH=jwt and AUTH_JWT_SECRET.

  AUTH_JWT_SECRET=… npm run token -- --role ROLE --for TIME [--subject NAME]

  --role ROLE      viewer (reads and subscribes), operator (also changes clients and mailings), admin (everything)
  --for TIME       how long it counts: 90s, 30m, 12h or 7d, at most ${longestDays}d
  --subject NAME   who it is for, as logs and a mailing's history will say (your user name)
  --help           these lines

AUTH_JWT_SECRET, and AUTH_ISSUER and AUTH_AUDIENCE where they are set, must be those of the service.
The token alone goes to standard output: TOKEN=$(npm run -s token -- --role operator --for 12h)`;

const makeSecret = `export AUTH_JWT_SECRET=$(node -p "require('crypto').randomBytes(32).toString('base64url')")`;

/** `userName` is the subject unless one is given. Never throws. */
export function readTokenCommand(args: readonly string[], env: Environment, userName: string): TokenCommand {
  const faults: string[] = [];
  const flags = parseFlags(args, faults);
  if (flags === null) return { faults };
  if (flags.help === true) return { help };

  const role = roles.find((known) => known === flags.role);
  if (role === undefined) faults.push(`--role must be one of ${roles.join(', ')}${asGiven(flags.role)}`);
  const seconds = toSeconds(flags.for ?? '');
  if (seconds === null) faults.push(`--for must be a time such as 90s, 30m, 12h or 7d, at most ${longestDays}d${asGiven(flags.for)}`);
  const subject = (flags.subject ?? userName).trim();
  if (subject === '' || subject.length > 200) faults.push('--subject must have 1 to 200 characters');
  const keys = readKeys(env, faults);
  if (role === undefined || seconds === null || keys === null || faults.length > 0) return { faults };
  return { options: { ...keys, subject, role, seconds } };
}

interface Flags {
  readonly role?: string | undefined;
  readonly for?: string | undefined;
  readonly subject?: string | undefined;
  readonly help?: boolean | undefined;
}

function parseFlags(args: readonly string[], faults: string[]): Flags | null {
  try {
    return parseArgs({
      args: [...args],
      options: { role: { type: 'string' }, for: { type: 'string' }, subject: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    }).values;
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
    return null;
  }
}

function toSeconds(text: string): number | null {
  const [, digits, unit] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  if (digits === undefined || !isUnit(unit)) return null;
  const seconds = Number(digits) * unitSeconds[unit];
  return seconds >= 1 && seconds <= longestDays * unitSeconds.d ? seconds : null;
}

function isUnit(text: string | undefined): text is keyof typeof unitSeconds {
  return text !== undefined && Object.hasOwn(unitSeconds, text);
}

/** By the service's own rules, so that what is signed here is taken there. */
function readKeys(env: Environment, faults: string[]): Pick<TokenOptions, 'secret' | 'issuer' | 'audience'> | null {
  if ((env['AUTH_JWKS_URL'] ?? '').trim() !== '') {
    faults.push('AUTH_JWKS_URL is set: tokens come from the identity provider whose keys stand there, and cannot be made here');
    return null;
  }
  if ((env['AUTH_JWT_SECRET'] ?? '').trim() === '') {
    faults.push(`AUTH_JWT_SECRET is not set: give the secret that the service runs with. For a new one:\n    ${makeSecret}`);
    return null;
  }
  const { AUTH_JWT_SECRET, AUTH_ISSUER, AUTH_AUDIENCE } = env;
  const result = readConfig({ AUTH: 'jwt', AUTH_JWT_SECRET, AUTH_ISSUER, AUTH_AUDIENCE });
  if (!result.ok) {
    faults.push(...result.faults);
    return null;
  }
  return toKeys(result.config.auth);
}

function toKeys(auth: Auth): Pick<TokenOptions, 'secret' | 'issuer' | 'audience'> | null {
  if (auth.mode !== 'jwt' || auth.keys.kind !== 'secret') return null;
  return { secret: auth.keys.secret, issuer: auth.issuer, audience: auth.audience };
}

function asGiven(text: string | undefined): string {
  return text === undefined ? '' : `, not "${text}"`;
}

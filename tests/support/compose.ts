// docker-compose.yml as Docker reads it: anchors and merges resolved, variables replaced.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export const composeFile = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8');

export interface ComposeService {
  readonly image?: string;
  readonly build?: unknown;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly cap_add?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly profiles?: readonly string[];
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

export interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

/** What a variable is replaced with when nobody sets it: `${NAME:-default}` has one, `${NAME:?why}` is refused, `${NAME}` is an oversight. */
export interface ComposeVariable {
  readonly name: string;
  readonly operator: ':-' | ':?' | '';
  readonly text: string;
}

export function readCompose(text: string): Compose {
  return parse(text, { merge: true }) as Compose;
}

export function variablesOf(text: string): readonly ComposeVariable[] {
  return [...text.matchAll(pattern)].map(([, name = '', operator = '', rest = '']) => ({
    name,
    operator: operator as ComposeVariable['operator'],
    text: rest,
  }));
}

/** As `docker compose` replaces them; an empty value counts as unset, as `:-` and `:?` say. */
export function interpolate(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(pattern, (_whole, name: string, operator: string, rest: string) => {
    const value = env[name] ?? '';
    if (value !== '' || operator === '') return value;
    if (operator === ':?') throw new Error(`${name}: ${rest}`);
    return rest;
  });
}

const pattern = /(?<!\$)\$\{(\w+)(?:(:-|:\?)([^}]*))?\}/g;

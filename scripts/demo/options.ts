// The flags of the demo. Reports all faults at once.
import { parseArgs } from 'node:util';
import { mostDemoClients } from './clients.ts';

export interface DemoOptions {
  /** The service's own address, without a slash at the end. */
  readonly url: string;
  readonly clients: number;
  /** Messages per second; null: as fast as they go. */
  readonly ratePerSecond: number | null;
  /** Bearer token; null: the service asks for none. */
  readonly token: string | null;
}

export type DemoCommand = { readonly options: DemoOptions } | { readonly help: string } | { readonly faults: readonly string[] };

const standardUrl = 'http://127.0.0.1:4000';
const standardClients = 10_000;
const mostPerSecond = 1_000_000;

const help = `Imports clients into a running service, creates a mailing to them, and draws its progress until it is over.

  npm run demo -- [flags]

  --url URL        where the service answers (${standardUrl})
  --clients N      how many clients, 1 to ${mostDemoClients} (${standardClients})
  --rate N         at most so many messages per second (no cap)
  --token TOKEN    bearer token of an operator, where the service asks for one (the variable CARILLON_TOKEN)
  --help           these lines

The mailing goes out through the provider that the service is set up with: the simulator, unless PROVIDER_URL is set.
The clients' numbers begin with 7000, which no operator has.
Exit code: 0 when the mailing is completed, 1 when something went wrong, 2 for wrong flags.`;

/** `environmentToken`: the variable CARILLON_TOKEN, which other people on the machine do not see in the list of processes. Never throws. */
export function readDemoCommand(args: readonly string[], environmentToken?: string): DemoCommand {
  const faults: string[] = [];
  const flags = parseFlags(args, faults);
  if (flags === null) return { faults };
  if (flags.help === true) return { help };

  const wholeNumber = (name: 'clients' | 'rate', largest: number): number | null => {
    const text = flags[name];
    if (text === undefined) return null;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= 1 && value <= largest) return value;
    faults.push(`--${name} must be a whole number from 1 to ${largest}, not "${text}"`);
    return null;
  };
  const url = toServiceUrl(flags.url ?? standardUrl);
  if (url === null) faults.push(`--url must look like ${standardUrl}, not "${flags.url}"`);
  const clients = wholeNumber('clients', mostDemoClients) ?? standardClients;
  const ratePerSecond = wholeNumber('rate', mostPerSecond);
  const token = (flags.token ?? environmentToken)?.trim() || null;
  return url === null || faults.length > 0 ? { faults } : { options: { url, clients, ratePerSecond, token } };
}

interface Flags {
  readonly url?: string | undefined;
  readonly clients?: string | undefined;
  readonly rate?: string | undefined;
  readonly token?: string | undefined;
  readonly help?: boolean | undefined;
}

function parseFlags(args: readonly string[], faults: string[]): Flags | null {
  try {
    return parseArgs({
      args: [...args],
      options: {
        url: { type: 'string' },
        clients: { type: 'string' },
        rate: { type: 'string' },
        token: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
    return null;
  }
}

/** People paste what the service prints: the playground's address is as good. */
function toServiceUrl(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  return `${url.origin}${url.pathname.replace(/\/(graphql\/?)?$/, '')}`;
}

// The flags of `npm run logs`. Reports all faults at once.
import { parseArgs } from 'node:util';

export const kinds = ['message', 'mailing', 'client', 'request'] as const;
export type Kind = (typeof kinds)[number];

/** Whose story it is. */
export interface Subject {
  readonly kind: Kind;
  readonly id: string;
}

export interface LogsOptions {
  readonly subject: Subject;
  /** Empty: standard input. */
  readonly files: readonly string[];
  /** The lines as they are, instead of a timeline. */
  readonly json: boolean;
}

export type LogsCommand = { readonly options: LogsOptions } | { readonly help: string } | { readonly faults: readonly string[] };

const help = `Prints everything that logs say about one message, mailing, client or request, in the order of time.

  npm run logs -- --message ID [--file FILE …]

  --message ID   its attempts with the provider's answers, its batches, the jobs and requests of its mailing
  --mailing ID   everything of one mailing
  --client ID    requests about a client, and its messages with everything that belongs to them
  --request ID   one request: the x-request-id of an answer, or extensions.requestId of an error
  --file FILE    a log of JSON lines, also .gz; may be given several times. Unless given: standard input
  --json         the lines as they are, for jq and others
  --help         these lines

Attempts, batches and jobs are logged with LOG_LEVEL=debug. Lines as docker compose and kubectl prefix them are understood:
  docker compose logs api worker | npm run -s logs -- --mailing 7`;

/** `isTerminal`: standard input is a person. Never throws. */
export function readLogsCommand(args: readonly string[], isTerminal: boolean): LogsCommand {
  const faults: string[] = [];
  const flags = parseFlags(args, faults);
  if (flags === null) return { faults };
  if (flags.help === true) return { help };
  const subjects = kinds.flatMap((kind) => (flags[kind] === undefined ? [] : [{ kind, id: flags[kind].trim() }]));
  const [subject] = subjects;
  if (subject === undefined || subjects.length > 1) faults.push(`give one of ${kinds.map((kind) => `--${kind}`).join(', ')}`);
  for (const { kind, id } of subjects) {
    if (kind !== 'request' && !/^[1-9]\d{0,18}$/.test(id)) faults.push(`--${kind} must be an id such as 123, not ${JSON.stringify(id)}`);
    if (kind === 'request' && id === '') faults.push('--request must be the id of a request');
  }
  const files = flags.file ?? [];
  if (files.length === 0 && isTerminal) faults.push('give a log with --file FILE, or on standard input');
  if (subject === undefined || faults.length > 0) return { faults };
  return { options: { subject, files, json: flags.json ?? false } };
}

interface Flags extends Partial<Record<Kind, string | undefined>> {
  readonly file?: string[] | undefined;
  readonly json?: boolean | undefined;
  readonly help?: boolean | undefined;
}

function parseFlags(args: readonly string[], faults: string[]): Flags | null {
  try {
    return parseArgs({
      args: [...args],
      options: {
        message: { type: 'string' },
        mailing: { type: 'string' },
        client: { type: 'string' },
        request: { type: 'string' },
        file: { type: 'string', multiple: true },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
    return null;
  }
}

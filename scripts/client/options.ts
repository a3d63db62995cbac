// The words and flags of `npm run client`. Reports all faults at once.
import { parseArgs } from 'node:util';
import { toPhoneNumber } from '../../src/domain/phone-number.ts';
import type { ExportedClientKey } from '../../src/operations/export-client.ts';

export interface ClientOptions {
  readonly action: 'export' | 'erase';
  readonly key: ExportedClientKey;
}

export type ClientCommand = { readonly options: ClientOptions } | { readonly help: string } | { readonly faults: readonly string[] };

const help = `Writes out or erases what is stored about one client.

  npm run -s client -- export --id 5 > client-5.json
  npm run -s client -- export --phone 79000000001
  npm run -s client -- erase --id 5

  export         the client, every message and every attempt, as JSON on standard output
  erase          deletes the client: unsent messages are cancelled; what was sent stays counted, without client, phone and the
                 provider's words
  --id ID        which client
  --phone PHONE  or by the phone that the client has now
  --help         these lines

It works on the database of DATABASE_URL, or the embedded one in DATA_DIR while the service runs. Neither shows in a log whose phone it was.`;

/** Never throws. */
export function readClientCommand(args: readonly string[]): ClientCommand {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { id: { type: 'string' }, phone: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help === true) return { help };
    const faults: string[] = [];
    const [action, ...more] = positionals;
    if ((action !== 'export' && action !== 'erase') || more.length > 0)
      faults.push('the first word must be export or erase, and the only one');
    const key = toKey(values.id, values.phone, faults);
    if ((action !== 'export' && action !== 'erase') || key === null || faults.length > 0) return { faults };
    return { options: { action, key } };
  } catch (error) {
    return { faults: [error instanceof Error ? error.message : String(error)] };
  }
}

function toKey(id: string | undefined, phone: string | undefined, faults: string[]): ExportedClientKey | null {
  if ((id === undefined) === (phone === undefined)) {
    faults.push('--id or --phone says which client, one of them');
    return null;
  }
  if (id !== undefined) {
    if (/^[1-9]\d{0,17}$/.test(id)) return { id };
    faults.push('--id must be the id of a client, as the API shows it');
    return null;
  }
  const number = toPhoneNumber(phone ?? '');
  if (number !== null) return { phone: number };
  faults.push('--phone must be 11 digits beginning with 7; spaces, brackets, dashes and a leading + are allowed');
  return null;
}

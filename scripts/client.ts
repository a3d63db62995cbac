// npm run client: everything that is stored about one client as JSON, or its erasure.
import { readConfig } from '../src/config.ts';
import type { Config } from '../src/config.ts';
import { makeChangeNotifier } from '../src/database/change-notifier.ts';
import { makeLog } from '../src/log.ts';
import { makeDeleteClient } from '../src/operations/delete-client.ts';
import { makeExportClient } from '../src/operations/export-client.ts';
import { readClientCommand } from './client/options.ts';
import type { ClientOptions } from './client/options.ts';
import { openServiceDatabase } from './database/open.ts';

const command = readClientCommand(process.argv.slice(2));
const { DATABASE_URL, DATA_DIR } = process.env;
const config = readConfig({ DATABASE_URL, DATA_DIR });

if ('help' in command) console.log(command.help);
else if ('faults' in command) fail(2, [...command.faults, '--help lists the flags.']);
else if (!config.ok) fail(1, config.faults);
else
  await run(command.options, config.config.database).catch((error: unknown) =>
    fail(1, [error instanceof Error ? error.message : String(error)]),
  );

async function run({ action, key }: ClientOptions, place: Config['database']): Promise<void> {
  await using database = await openServiceDatabase(place, 'carillon client');
  const found = await makeExportClient({ database })(key);
  if (found === null) return fail(1, ['There is no such client.']);
  if (action === 'export') {
    for await (const part of found.parts) process.stdout.write(part);
    return;
  }
  await found.parts.return();
  const log = makeLog({ level: 'warn', pretty: true, destination: 2 });
  await using changes = makeChangeNotifier({
    sql: database,
    onError: (error) => log.warn({ err: error }, 'subscribers see it a second later'),
  });
  const erased = await makeDeleteClient({ database, changes, log })(found.clientId);
  console.error(erased.ok ? `Client ${found.clientId} is erased.` : 'Somebody else has erased it meanwhile.');
}

function fail(code: number, words: readonly string[]): void {
  for (const line of words) console.error(line);
  process.exitCode = code;
}

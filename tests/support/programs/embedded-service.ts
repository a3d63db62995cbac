// A process that holds an embedded PostgreSQL on the folder named by its argument until SIGTERM. Prints its URL, or the fault's code and message.
import { startEmbeddedPostgres } from '../../../src/database/embedded-postgres.ts';
import { makeLog } from '../../../src/log.ts';

const [dataDir = ''] = process.argv.slice(2);
try {
  const postgres = await startEmbeddedPostgres({ dataDir, log: makeLog({ level: 'silent', pretty: false }) });
  process.once('SIGTERM', () => void postgres.stop());
  console.log(JSON.stringify({ url: postgres.url }));
} catch (error) {
  console.log(JSON.stringify({ code: error instanceof Error && 'code' in error ? error.code : null, message: String(error) }));
  process.exitCode = 1;
}

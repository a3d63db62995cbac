// What every queue does for a message: the request to the provider, and its status row written when it is accepted.
import pg from 'pg';
import { Pool } from 'undici';
import { answerQuestions, say } from './lines.mjs';

export const connections = 64;
export const database = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 });
database.on('error', (error) => console.error(error));
database.on('connect', (client) => client.on('error', (error) => console.error(error)));
const { origin, pathname } = new URL(process.env.PROVIDER_URL);
const provider = new Pool(origin, { connections, pipelining: 1, allowH2: false });

export async function sendMessage(id) {
  const { body } = await provider.request({
    path: `${pathname}/send/${id}`,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer bench-token' },
    body: `{"id":${id},"phone":79161234567,"text":"Hello there, this is a test message"}`,
  });
  const { code } = await body.json();
  if (code !== 0) throw new Error('not accepted');
  await database.query({ name: 'settle', text: `update queue_message set status = 'SENT', sent_at = now() where id = $1`, values: [id] });
}

/** `run(ids)` enqueues one job for each id; done when as many were sent. Answers {"seconds","cpuSeconds"}. */
export async function serve(run, counter) {
  await database.query(
    `create table if not exists queue_message (id bigint primary key, status text not null default 'PENDING', sent_at timestamptz) with (fillfactor = 50)`,
  );
  answerQuestions(async ({ run: { messages } }) => {
    await database.query('truncate queue_message');
    const cpu = process.cpuUsage();
    const startedAt = performance.now();
    await database.query('insert into queue_message (id) select generate_series(1, $1::int)', [messages]);
    counter.sent = 0;
    await run(messages);
    while (counter.sent < messages) await new Promise((resolve) => setTimeout(resolve, 10));
    const seconds = (performance.now() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const { rows } = await database.query(`select count(*)::int as n from queue_message where status = 'SENT'`);
    if (rows[0].n !== messages) throw new Error(`${rows[0].n} of ${messages} were sent`);
    return { seconds, cpuSeconds: (user + system) / 1e6 };
  });
  say({ port: 0 });
}

// The connection that listens for changes: what it makes of notices, and that it always comes back.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { CHANGE_CHANNEL } from '../../src/database/change-notifier.ts';
import { makeChangeListener } from '../../src/live/change-listener.ts';
import type { Changes } from '../../src/live/change-listener.ts';
import { makeLog } from '../../src/log.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const LISTENER = 'carillon change listener';
const log = makeLog({ level: 'silent', pretty: false });

let postgres: TestDatabase;
beforeAll(async () => {
  postgres = await createTestDatabase();
});
afterAll(async () => {
  await postgres.drop();
});

let notices: Changes[];
let listener: AsyncDisposable;
beforeEach(async () => {
  notices = [];
  listener = makeChangeListener({ databaseUrl: postgres.url, log, onChange: (mailings) => notices.push(mailings) });
  await eventually(() => expect(notices).toEqual(['all']));
});
afterEach(async () => {
  await listener[Symbol.asyncDispose]();
});

const where = 'from pg_stat_activity where application_name = $1 and datname = current_database()';
const cut = async () => postgres.pool.query(`select pg_terminate_backend(pid) ${where}`, [LISTENER]);
const connections = async () => (await postgres.pool.query(`select 1 ${where}`, [LISTENER])).rowCount;
const notify = async (payload: string) => postgres.pool.query('select pg_notify($1, $2)', [CHANGE_CHANNEL, payload]);

describe('the listener', () => {
  test('understands nothing named, several mailings and clients, and everything', async () => {
    notices.length = 0;
    for (const payload of ['', '5', 'clients,6,7', '*']) await notify(payload);
    await eventually(() => expect(notices).toEqual([new Set(), new Set(['5']), new Set(['clients', '6', '7']), 'all']));
  });

  test('comes back however often it is cut, with one connection, and says that everything may have changed', async () => {
    for (let round = 0; round < 5; round += 1) {
      notices.length = 0;
      await cut();
      await eventually(() => expect(notices).toEqual(['all']));
      await notify('7');
      await eventually(() => expect(notices).toEqual(['all', new Set(['7'])]));
    }
    await eventually(async () => expect(await connections()).toBe(1));
  });

  test('ends when it is disposed of, and does not come back', async () => {
    await listener[Symbol.asyncDispose]();
    await eventually(async () => expect(await connections()).toBe(0));
    await notify('5');
    expect(notices).toEqual(['all']);
  });

  test('ends also while there is no database to listen to', async () => {
    const heard: Changes[] = [];
    const nowhere = makeChangeListener({
      databaseUrl: 'postgres://nobody@127.0.0.1:1/nothing',
      log,
      onChange: (mailings) => heard.push(mailings),
    });
    await nowhere[Symbol.asyncDispose]();
    expect(heard).toEqual([]);
  });
});

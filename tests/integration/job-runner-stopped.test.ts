// A job runner that stops at the very moment its listening connection is cut: it ends as any other, and so does its process.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startJobRunner } from '../../src/jobs/runner.ts';
import { recordLog } from '../support/engine.ts';
import { startDatabaseProxy } from '../support/database-proxy.ts';
import { eventually } from '../support/eventually.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(async () => db?.drop());

test('the connection that was about to listen is given back once: nothing is thrown where nobody catches it', async () => {
  await using wire = await startDatabaseProxy(db.url);
  wire.hold((text) => text.startsWith('LISTEN'));
  const uncaught: unknown[] = [];
  const catchIt = (error: unknown): void => void uncaught.push(error);
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection').on('unhandledRejection', catchIt);
  try {
    const { log } = recordLog();
    const nothing = async (): Promise<void> => undefined;
    const operations = {
      expandMailing: nothing,
      sendMessages: nothing,
      finishMailing: nothing,
      reconcile: nothing,
      removeMessages: nothing,
    };
    const runner = startJobRunner({
      databaseUrl: wire.url,
      operations: { ...operations, sendReport: null, deliverWebhooks: null },
      reconcileMs: 60_000,
      log,
    });
    await eventually(() => wire.waiting === 2);
    const stopped = runner[Symbol.asyncDispose]();
    wire.refuse();
    await stopped;
    // Rejections that nobody handles are told after the turn in which they come.
    await new Promise((resolve) => setImmediate(resolve));
    expect(uncaught).toEqual([]);
  } finally {
    process.removeListener('unhandledRejection', catchIt);
    for (const other of others) process.on('unhandledRejection', other);
  }
});

// Once per run, before any test that needs a database: one server, and one migrated template that each test file copies.
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { databaseUrl, startTestServer } from './postgres-server.ts';
import type { TestServer } from './postgres-server.ts';

const templateName = 'carillon_template';
let server: TestServer | null = null;

export async function setup(project: TestProject): Promise<void> {
  server = await startTestServer();
  project.provide('postgresUrl', server.url);
  project.provide('templateDatabase', templateName);
  try {
    await makeTemplate(server.url);
  } catch (error) {
    await teardown();
    throw error;
  }
}

export async function teardown(): Promise<void> {
  await server?.[Symbol.asyncDispose]();
  server = null;
}

async function makeTemplate(serverUrl: string): Promise<void> {
  const admin = new pg.Client({ connectionString: serverUrl });
  await admin.connect();
  try {
    await admin.query(`create database ${templateName}`);
    const { migrate } = await import('../../src/database/migrate.ts');
    await migrate(databaseUrl(serverUrl, templateName));
    // A template with a visitor cannot be copied.
    await admin.query(`alter database ${templateName} is_template true allow_connections false`);
  } finally {
    await admin.end();
  }
}

declare module 'vitest' {
  interface ProvidedContext {
    postgresUrl: string;
    templateDatabase: string;
  }
}

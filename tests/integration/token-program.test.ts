// `npm run token` as a person runs it, and starts that would leave a service open.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { startGuardedApi } from '../support/guarded-api.ts';
import { createTestDatabase } from '../support/test-database.ts';
import { testSecret } from '../support/tokens.ts';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const path = fileURLToPath(new URL(`../../${program}`, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { env: { PATH: process.env['PATH'] ?? '', ...env } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  await once(child, 'close');
  return { code: child.exitCode ?? -1, stdout, stderr };
}

const makeToken = async (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> =>
  run('scripts/token.ts', args, env);

describe('npm run token', () => {
  test('prints a token that the service takes, alone on standard output, and says what to do with it', async () => {
    await using database = await createTestDatabase();
    const env = { AUTH_JWT_SECRET: testSecret, AUTH_ISSUER: 'us', AUTH_AUDIENCE: 'carillon' };
    await using api = await startGuardedApi(database.url, env);

    const { code, stdout, stderr } = await makeToken(['--role', 'operator', '--for', '12h', '--subject', 'Анна'], env);

    expect(code).toBe(0);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(stderr).toContain('A token for "Анна", operator, until ');
    expect(stderr).toContain("connectionParams: { authorization: 'Bearer TOKEN' }");
    expect(stderr).not.toContain(stdout.trim());
    const answer = await api.ask(stdout.trim(), 'mutation { pauseMailing(id: "1") { userErrors { code } } }');
    expect(answer).toMatchObject({ status: 200, data: { pauseMailing: { userErrors: [{ code: 'NOT_FOUND' }] } } });
    expect(api.logLines.find((line) => line['operation'] === 'pauseMailing')).toMatchObject({ actor: 'Анна', role: 'operator' });
    const [, payload = ''] = stdout.split('.');
    const { iat, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString());
    expect(exp - iat).toBe(12 * 3_600);
  });

  test('names the user of the machine unless told otherwise', async () => {
    const { code, stdout } = await makeToken(['--role', 'viewer', '--for', '90s'], { AUTH_JWT_SECRET: testSecret });
    const payload = JSON.parse(Buffer.from(stdout.split('.')[1] ?? '', 'base64url').toString());
    expect({ code, role: payload.role }).toEqual({ code: 0, role: 'viewer' });
    expect(payload.sub).toMatch(/./);
  });

  test('names everything that is wrong at once, and how to make a secret', async () => {
    const { code, stdout, stderr } = await makeToken(['--role', 'boss', '--for', '2y', '--subject', ' ']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('--role must be one of viewer, operator, admin, not "boss"');
    expect(stderr).toContain('--for must be a time such as 90s, 30m, 12h or 7d, at most 366d, not "2y"');
    expect(stderr).toContain('--subject must have 1 to 200 characters');
    expect(stderr).toContain('AUTH_JWT_SECRET is not set');
    expect(stderr).toContain('randomBytes(32)');
  });

  test.each([
    [['--for', '0s'], { AUTH_JWT_SECRET: testSecret }, '--for must be'],
    [['--for', '367d'], { AUTH_JWT_SECRET: testSecret }, '--for must be'],
    [['--for', '1h'], { AUTH_JWT_SECRET: 'short' }, 'AUTH_JWT_SECRET: must have at least 32 bytes (its value is not shown)'],
    [['--for', '1h'], { AUTH_JWKS_URL: 'https://id.example/keys' }, 'tokens come from the identity provider'],
    [['--for', '1h', '--who', 'me'], { AUTH_JWT_SECRET: testSecret }, '--who'],
  ])('refuses %j with %j', async (args, env, words) => {
    const { code, stdout, stderr } = await makeToken(['--role', 'viewer', ...args], env);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(words);
  });

  test('--help explains every flag', async () => {
    const { code, stdout } = await makeToken(['--help', '--role', 'boss']);
    expect(code).toBe(0);
    for (const flag of ['--role', '--for', '--subject', '--help']) expect(stdout).toContain(flag);
  });
});

describe('a start', () => {
  test('on a public address without AUTH is refused with an explanation, before anything listens', async () => {
    const { code, stdout, stderr } = await run('dist/main.js', [], { HOST: '0.0.0.0' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('HOST=0.0.0.0 can be reached from other machines: set AUTH=jwt with AUTH_JWT_SECRET or AUTH_JWKS_URL');
  });

  test('with contradictory settings of authentication is refused naming them all', async () => {
    const { code, stderr } = await run('dist/main.js', [], { AUTH_JWT_SECRET: 'short', AUTH_JWKS_URL: 'nowhere', AUTH_ISUER: 'x' });
    expect(code).toBe(1);
    for (const words of [
      'AUTH_JWT_SECRET: must have',
      'AUTH_JWKS_URL: must be',
      'both set',
      'AUTH is not jwt',
      'AUTH_ISUER is not a setting',
    ]) {
      expect(stderr).toContain(words);
    }
  });
});

// npm run demo, as somebody at a terminal runs it: against a running service, and against none.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { useEndToEnd } from '../support/e2e-setup.ts';

const program = fileURLToPath(new URL('../../scripts/demo.ts', import.meta.url));
const parts = useEndToEnd();

async function runDemo(...flags: readonly string[]): Promise<{ code: number; output: string; errors: string }> {
  return await new Promise((resolve) => {
    const child = execFile(process.execPath, [program, ...flags], (_error, output, errors) => {
      resolve({ code: child.exitCode ?? -1, output, errors });
    });
  });
}

test('the demo reaches exactly its own clients and ends when its mailing is completed', async () => {
  await parts.service.query('mutation { createClient(input: { phone: "79160000001", timeZone: "UTC" }) { client { id } } }');
  const { code, output, errors } = await runDemo('--url', parts.service.url, '--clients', '1234');
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
  expect(output).toMatch(/1,234 clients created, 0 updated, in 20 time zones/);
  expect(output).toMatch(/100 % {2}1,234 sent/);
  expect(output).toMatch(/is COMPLETED after .*: 1,234 sent, /);
  const phones = parts.stub.ledger.map((entry) => entry.body?.phone);
  expect(phones).toHaveLength(1_234);
  expect(new Set(phones)).toEqual(new Set(Array.from({ length: 1_234 }, (_, index) => String(70_000_000_000 + index))));
});

test('the demo says so when nobody answers', async () => {
  const { code, errors } = await runDemo('--url', 'http://127.0.0.1:1');
  expect(code).toBe(1);
  expect(errors).toContain('No service answers at http://127.0.0.1:1 (');
});

test('the demo says so when somebody else answers', async () => {
  const { code, errors } = await runDemo('--url', parts.stub.url.replace(/\/v1$/, ''));
  expect(code).toBe(1);
  expect(errors).toContain('answers, but not as Carillon does');
});

test('the demo refuses flags that it does not know', async () => {
  expect(await runDemo('--client', '5')).toMatchObject({ code: 2, output: '', errors: expect.stringContaining("'--client'") });
});

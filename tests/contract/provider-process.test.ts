import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { accept, hang } from '../support/stub-behaviours.ts';
import { startStubProvider } from '../support/stub-provider.ts';

describe('a process with a provider client', () => {
  const program = (end: string): string => `
    import { makeHttpProvider } from './src/provider/http-provider.ts';
    import { makeTokenSource } from './src/provider/token-source.ts';
    const provider = makeHttpProvider({ url: process.argv[1], token: makeTokenSource({}), connections: 4 });
    const send = (id, timeoutMs) => provider.send({ messageId: id, phone: '79161234567', textJson: '"x"', timeoutMs });
    const answered = await Promise.all([send('1', 20_000), send('3', 20_000)]);
    // On a connection that is there: it is written at once, and hangs.
    console.log([...answered, await send('2', 1_000)].map(({ kind }) => kind).join(' '));
    ${end}`;

  it.each([
    ['after a close', 'await provider.close();'],
    ['even without a close', ''],
  ])('ends by itself %s, after answers and timeouts', async (_what, end) => {
    const stub = await startStubProvider({ script: ({ msgId }) => (msgId === '2' ? hang() : accept()) });
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program(end), stub.url], {
      timeout: 50_000,
    });
    await stub.close();
    expect(stdout.trim()).toBe('accepted accepted ambiguous');
  });
});

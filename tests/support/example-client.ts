// A program of examples/typed-clients as a process of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface ExampleClient extends AsyncDisposable {
  /** What it has printed so far. */
  lines(): readonly string[];
  errors(): string;
  /** Waits for its end: the exit code. */
  ended(): Promise<number | null>;
}

export interface ExampleClientOptions {
  readonly url: string;
  readonly mailingId: string;
  readonly token?: string;
}

export function startExampleClient(library: string, { url, mailingId, token }: ExampleClientOptions): ExampleClient {
  const program = fileURLToPath(new URL(`../../examples/typed-clients/${library}.ts`, import.meta.url));
  const child = spawn(process.execPath, [program, mailingId], {
    env: { PATH: process.env['PATH'] ?? '', CARILLON_URL: url, ...(token !== undefined && { CARILLON_TOKEN: token }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const closed = once(child, 'close');
  return {
    lines: () => output.trimEnd().split('\n'),
    errors: () => errors,
    ended: async () => {
      await closed;
      return child.exitCode;
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

// A program of ours beside the service, spoken to by lines.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Program {
  /** The next line that it prints, after it was told `line`; rejects when it ends before. One call at a time. */
  answer(line?: string): Promise<string>;
}

/** Ended by SIGTERM with the stack. */
export function startProgram(stack: AsyncDisposableStack, file: URL, args: readonly string[] = []): Program {
  const child = spawn(process.execPath, [fileURLToPath(file), ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  stack.defer(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const lines = createInterface({ input: child.stdout });
  return {
    answer: async (line) => {
      const next = once(lines, 'line');
      if (line !== undefined) child.stdin.write(`${line}\n`);
      const [text] = (await Promise.race([
        next,
        ended.then(([code]) => Promise.reject(new Error(`${file.pathname} ended with ${String(code)}`))),
      ])) as [string];
      return text;
    },
  };
}

// Logs that can be read twice, however large they are: what belongs together is known only after the first time.
import { createReadStream, createWriteStream } from 'node:fs';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

export interface LogSources extends AsyncDisposable {
  /** From the beginning, each time. */
  lines(): AsyncGenerator<string, void>;
}

/** No files: `input` is kept in a temporary file until disposed. Throws when a file cannot be read. */
export async function openLogs(files: readonly string[], input: Readable): Promise<LogSources> {
  if (files.length > 0) {
    for (const file of files) await access(file);
    return { lines: () => linesOf(files), [Symbol.asyncDispose]: async () => undefined };
  }
  const folder = await mkdtemp(join(tmpdir(), 'carillon-logs-'));
  const file = join(folder, 'input.log');
  await pipeline(input, createWriteStream(file, { mode: 0o600 }));
  return { lines: () => linesOf([file]), [Symbol.asyncDispose]: async () => rm(folder, { recursive: true, force: true }) };
}

async function* linesOf(files: readonly string[]): AsyncGenerator<string, void> {
  for (const file of files) {
    const stream = createReadStream(file);
    const text = file.endsWith('.gz') ? stream.pipe(createGunzip()) : stream;
    // readline hears of no fault of its stream.
    const fault = new Promise<never>((_, reject) => {
      stream.once('error', reject);
      text.once('error', reject);
    });
    fault.catch(() => {});
    const lines = createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
    for (;;) {
      const next = await Promise.race([lines.next(), fault]);
      if (next.done === true) break;
      yield next.value;
    }
  }
}

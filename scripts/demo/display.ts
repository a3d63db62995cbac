// What the demo writes: lines, and one line that is redrawn in a terminal. In a file or a pipe that line comes once a second instead.
import type { WriteStream } from 'node:tty';

export interface Display {
  print(text: string): void;
  /** Draws the progress now if this is a terminal, else at most once a second. `draw` is given the width, null when there is none. */
  update(draw: (width: number | null) => string): void;
  /** The last state of the progress stays as a line of its own. */
  keep(): void;
}

const plainEveryMs = 1_000;
const clearLine = '\r\u001b[2K';
const narrowest = 40;

export function makeDisplay(output: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>): Display {
  let shown = '';
  let latest = '';
  let writtenAt = -Infinity;

  const wipe = (): void => {
    if (shown !== '') output.write(clearLine);
    shown = '';
  };

  return {
    print: (text) => {
      wipe();
      output.write(`${text}\n`);
    },
    update: (draw) => {
      latest = draw(output.isTTY ? Math.max(output.columns ?? 80, narrowest) : null);
      if (output.isTTY) {
        if (latest === shown) return;
        output.write(clearLine + latest);
        shown = latest;
      } else if (performance.now() - writtenAt >= plainEveryMs) {
        writtenAt = performance.now();
        output.write(`${latest}\n`);
        shown = '';
        latest = '';
      }
    },
    keep: () => {
      if (latest === '') return;
      output.write(output.isTTY ? `${clearLine}${latest}\n` : `${latest}\n`);
      shown = '';
      latest = '';
    },
  };
}

// Clients on their way into the staging table, as the bytes that COPY takes. Bytes and not objects: a million rows go by, and what lives
// for the time of a chunk would otherwise be moved to the old part of the heap and wait there for a full collection.
import type { NewClient } from '../domain/client.ts';

export interface StagedClients {
  readonly count: number;
  add(client: NewClient): void;
  /** What was added, in COPY's text format, each row with its position. */
  copyText(): Buffer;
}

const FIRST_BYTES = 256 * 1024;
/** A row is at most that long: a position, a phone, an operator code, 100 characters of four bytes or two, a zone, and what separates them. */
const MOST_ROW_BYTES = 1_024;

export function makeStagedClients(): StagedClients {
  let bytes = Buffer.allocUnsafe(FIRST_BYTES);
  let length = 0;
  let count = 0;
  return {
    get count() {
      return count;
    },
    add: ({ phone, operatorCode, tag, timeZone }) => {
      if (bytes.length - length < MOST_ROW_BYTES) bytes = Buffer.concat([bytes.subarray(0, length)], bytes.length * 2);
      count += 1;
      length += bytes.write(`${count}\t${phone}\t${operatorCode}\t${toCopyText(tag)}\t${timeZone}\n`, length);
    },
    copyText: () => bytes.subarray(0, length),
  };
}

const copyEscapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function toCopyText(value: string | null): string {
  if (value === null) return '\\N';
  return /[\\\t\n\r]/.test(value) ? value.replace(/[\\\t\n\r]/g, (character) => copyEscapes[character] ?? character) : value;
}

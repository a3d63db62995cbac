// Which lines belong to a story: those that name its subject, and those that are linked to it: the batches that a message was in, the
// jobs and events of its mailing, the requests that were about any of them.
import type { Subject } from './options.ts';
import type { LogSources } from './sources.ts';

export interface LogLine {
  readonly fields: Readonly<Record<string, unknown>>;
  /** As it was written. */
  readonly text: string;
  /** What docker compose or kubectl put before it: whose line it is. */
  readonly prefix: string;
}

export interface Story {
  /** In the order of time. */
  readonly lines: readonly LogLine[];
  readonly read: number;
  readonly unreadable: number;
  /** Whether there is any line at debug, about whatever. */
  readonly hasDebug: boolean;
}

/** Ids that the subject's own lines mention. */
interface Links {
  readonly messages: Set<string>;
  readonly batches: Set<string>;
  readonly mailings: Set<string>;
  readonly requests: Set<string>;
}

export async function readStory(sources: Pick<LogSources, 'lines'>, subject: Subject): Promise<Story> {
  const links: Links = { messages: new Set(), batches: new Set(), mailings: new Set(), requests: new Set() };
  if (subject.kind === 'message') links.messages.add(subject.id);
  let [read, unreadable, hasDebug] = [0, 0, false];
  for await (const text of sources.lines()) {
    if (text.trim() === '') continue;
    read += 1;
    const line = parseLine(text);
    if (line === null) unreadable += 1;
    else follow(line, subject, links);
    hasDebug ||= line?.fields['level'] === 'debug';
  }
  const lines: LogLine[] = [];
  for await (const text of sources.lines()) {
    const line = parseLine(text);
    if (line !== null && belongs(line, subject, links)) lines.push(line);
  }
  return { lines: lines.toSorted((a, b) => timeOf(a) - timeOf(b)), read, unreadable, hasDebug };
}

/** null: no JSON object with a message and a time. */
export function parseLine(text: string): LogLine | null {
  const start = text.indexOf('{');
  if (start === -1) return null;
  try {
    const fields: unknown = JSON.parse(text.slice(start));
    if (typeof fields !== 'object' || fields === null || !('time' in fields) || !('msg' in fields)) return null;
    const prefix = text
      .slice(0, start)
      .replace(/[|\s]+$/, '')
      .trim();
    return { fields: { ...fields }, text: text.slice(start), prefix };
  } catch {
    return null;
  }
}

function follow({ fields }: LogLine, subject: Subject, links: Links): void {
  if (subject.kind === 'client') {
    // The two lists of a portion stand side by side.
    const index = listOf(fields, 'clientIds').indexOf(subject.id);
    const beside = listOf(fields, 'messageIds')[index];
    if (beside !== undefined) links.messages.add(beside);
    if (fields['clientId'] === subject.id) remember(fields, 'messageId', links.messages);
  }
  if (!names(fields, subject)) return;
  remember(fields, 'batchId', links.batches);
  if (subject.kind === 'message' || subject.kind === 'client') remember(fields, 'mailingId', links.mailings);
  remember(fields, 'requestId', links.requests);
}

function belongs({ fields }: LogLine, subject: Subject, { messages, batches, mailings, requests }: Links): boolean {
  if (names(fields, subject)) return true;
  const requestId = textOf(fields, 'requestId');
  if (requestId !== null && requests.has(requestId)) return true;
  if (subject.kind === 'mailing' || subject.kind === 'request') return false;

  const messageIds = idsOf(fields, 'message');
  if (messageIds.length > 0) return messageIds.some((id) => messages.has(id));
  const batchId = textOf(fields, 'batchId');
  if (batchId !== null) return batches.has(batchId);
  // Of the whole mailing: its events, its jobs, what people did to it.
  const mailingId = textOf(fields, 'mailingId');
  return mailingId !== null && mailings.has(mailingId) && idsOf(fields, 'client').length === 0;
}

function names(fields: LogLine['fields'], { kind, id }: Subject): boolean {
  if (kind !== 'request') return idsOf(fields, kind).includes(id);
  const requestId = textOf(fields, 'requestId');
  // Operations of a WebSocket are numbered after its own id.
  return requestId !== null && (requestId === id || requestId.startsWith(`${id}.`));
}

function idsOf(fields: LogLine['fields'], noun: 'message' | 'mailing' | 'client'): readonly string[] {
  const one = textOf(fields, `${noun}Id`);
  return one === null ? listOf(fields, `${noun}Ids`) : [one, ...listOf(fields, `${noun}Ids`)];
}

function listOf(fields: LogLine['fields'], name: string): readonly string[] {
  const value = fields[name];
  return Array.isArray(value) ? value.map(String) : [];
}

function textOf(fields: LogLine['fields'], name: string): string | null {
  const value = fields[name];
  return typeof value === 'string' ? value : null;
}

function remember(fields: LogLine['fields'], name: string, known: Set<string>): void {
  const value = textOf(fields, name);
  if (value !== null) known.add(value);
}

function timeOf({ fields }: LogLine): number {
  return Date.parse(String(fields['time']));
}

// One line of a timeline: when, which process, what happened, and with an attempt the provider's answer.
import type { LogLine } from './story.ts';

type Fields = LogLine['fields'];

/** Fields that stand elsewhere in the line or say nothing to a reader. */
const unsaid: ReadonlySet<string> = new Set(['time', 'level', 'pid', 'process', 'msg', 'event', 'err', 'hostname']);

export function printLine({ fields, prefix }: LogLine): string {
  const time = say(fields['time']).replace('T', ' ').replace('Z', '');
  const level = say(fields['level']);
  const who = prefix === '' ? `${say(fields['process'] ?? '')} ${say(fields['pid'] ?? '')}`.trim() : prefix;
  const loud = level === 'info' || level === 'debug' || level === 'trace' ? '' : `${level.toUpperCase()}: `;
  const lines = [`${time}  ${who.padEnd(14)}  ${loud}${describe(fields)}`];
  const fault = faultOf(fields['err']);
  if (fault !== null) lines.push(`${' '.repeat(25)}${fault}`);
  return lines.join('\n');
}

function describe(fields: Fields): string {
  switch (fields['msg']) {
    case 'attempt':
      return describeAttempt(fields);
    case 'api operation':
      return describeOperation(fields);
    default:
      return [say(fields['msg']), ...rest(fields, [])].join('  ');
  }
}

function describeAttempt(fields: Fields): string {
  const status = fields['httpStatus'] === undefined ? '' : ` (HTTP ${say(fields['httpStatus'])})`;
  const code = fields['code'] === undefined ? '' : ` ${say(fields['code'])}${status}`;
  const answer = fields['answer'] === undefined ? '' : `: ${say(fields['answer'])}`;
  const took = fields['durationMs'] === undefined ? '' : `, ${say(fields['durationMs'])} ms`;
  const said = ['messageId', 'outcome', 'code', 'httpStatus', 'answer', 'durationMs'];
  return [`message ${say(fields['messageId'])}: ${say(fields['outcome'])}${code}${answer}${took}`, ...rest(fields, said)].join('  ');
}

function describeOperation(fields: Fields): string {
  const by = fields['actor'] === undefined ? '' : ` by ${say(fields['actor'])} (${say(fields['role'])})`;
  const said = ['operation', 'durationMs', 'actor', 'role', 'outcome'];
  const outcome = fields['outcome'] ?? (fields['errors'] === undefined ? 'ok' : 'error');
  return [`${say(fields['operation'])}${by}: ${say(outcome)}, ${say(fields['durationMs'])} ms`, ...rest(fields, said)].join('  ');
}

function rest(fields: Fields, said: readonly string[]): readonly string[] {
  return Object.entries(fields)
    .filter(([name, value]) => !unsaid.has(name) && !said.includes(name) && value !== null)
    .map(([name, value]) => `${name}=${short(value)}`);
}

/** Whatever a field holds, in one word if it can be. */
function say(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const longestList = 5;

/** A portion names 84 messages: how many there are says enough. */
function short(value: unknown): string {
  if (Array.isArray(value) && value.length > longestList) return `[${value.length}]`;
  return say(value);
}

function faultOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('message' in error)) return null;
  const cause = 'cause' in error ? faultOf(error.cause) : null;
  const type = 'type' in error ? `${say(error.type)}: ` : '';
  return `${type}${say(error.message)}${cause === null ? '' : `; because of ${cause}`}`;
}

// Named places where a test, or an operator who rehearses a failure, makes this process end, freeze or throw. Beside the log, every
// layer may pass one. Unset, a pass costs one comparison with null.

export const failpointNames = [
  // A batch is leased, none of its messages is read.
  'after-lease',
  // A request is about to be handed to the connection, or its outcome has just come. Both know the phone.
  'before-post',
  'after-post',
  // Outcomes are about to become rows, or have just become rows.
  'before-settle',
  'after-settle',
  // Everything of a batch is settled, its lease is still held.
  'before-release',
  // A chunk of the audience is written but not committed, or has just been committed.
  'mid-expand',
  'after-expand-chunk',
  // A chunk of what is over has been ended, more may follow.
  'mid-finish',
  // Leases of lost workers are freed, nobody has been told.
  'mid-reconcile',
  // A mail server has taken the daily report, no row says so.
  'report-accepted',
  // A chunk of what a mailing of long ago has left is gone, more may follow.
  'mid-removal',
  // The receiver of webhooks has answered, no row says so.
  'webhook-posted',
] as const;

export type FailpointName = (typeof failpointNames)[number];

const actions = ['kill', 'stop', 'throw'] as const;

export interface Failpoint {
  readonly name: FailpointName;
  /** Only passes with this phone count; null: all. */
  readonly phone: string | null;
  /** kill: SIGKILL to this process. stop: SIGSTOP, until somebody sends SIGCONT. throw: an Error. */
  readonly action: (typeof actions)[number];
  /** Acts at this pass, counted from 1, and at no other; null: at every one. */
  readonly pass: number | null;
}

/** What FAILPOINT may hold, for faults and documentation. */
export const failpointSyntax = `NAME[@PHONE]:ACTION[:PASS], several by commas; NAME: ${failpointNames.join(', ')}; ACTION: ${actions.join(', ')}; PHONE: 11 digits, for before-post and after-post; PASS: at the how-manieth pass, at every one unless given`;

/** The failpoints that a text describes; null when it cannot be read. */
export function toFailpoints(text: string): readonly Failpoint[] | null {
  const points = text.split(',').map((part) => toFailpoint(part.trim()));
  return points.every((point) => point !== null) ? points : null;
}

function toFailpoint(text: string): Failpoint | null {
  const [, word, phone = null, actionWord, pass] = /^([a-z-]+)(?:@(\d{11}))?:([a-z]+)(?::([1-9]\d{0,8}))?$/.exec(text) ?? [];
  const name = failpointNames.find((candidate) => candidate === word);
  const action = actions.find((candidate) => candidate === actionWord);
  if (name === undefined || action === undefined) return null;
  if (phone !== null && name !== 'before-post' && name !== 'after-post') return null;
  return { name, phone, action, pass: pass === undefined ? null : Number(pass) };
}

let armed: readonly { readonly point: Failpoint; passes: number }[] | null = null;

/** From now on these act in this process; none: it never happened. */
export function armFailpoints(points: readonly Failpoint[]): void {
  armed = points.length === 0 ? null : points.map((point) => ({ point, passes: 0 }));
}

/** Passes a failpoint. Throws when one is armed to throw here. */
export function failpoint(name: FailpointName, phone: string | null = null): void {
  if (armed !== null) pass(armed, name, phone);
}

function pass(points: NonNullable<typeof armed>, name: FailpointName, phone: string | null): void {
  for (const entry of points) {
    const { point } = entry;
    if (point.name !== name || (point.phone !== null && point.phone !== phone)) continue;
    entry.passes += 1;
    if (point.pass === null || point.pass === entry.passes) act(point);
  }
}

function act({ name, action }: Failpoint): void {
  switch (action) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      return;
    case 'stop':
      process.kill(process.pid, 'SIGSTOP');
      return;
    case 'throw':
      throw new Error(`failpoint ${name}`);
    default:
      action satisfies never;
  }
}

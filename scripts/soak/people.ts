// People at work: mailings created all the time, and changed, paused, cancelled, retried, while clients opt out and come back.
import { setTimeout as delay } from 'node:timers/promises';
import type { Call } from './calls.ts';
import { directory, groups, isMoody, minutesOfDay } from './directory.ts';
import type { Draws } from './draws.ts';
import { lastEndOf } from './plan.ts';
import type { Ban, Plan, PlannedMailing } from './plan.ts';

interface People {
  readonly call: Call;
  readonly plan: Plan;
  readonly draws: Draws;
  /** Mailings without haste may go on until then, epoch milliseconds. */
  readonly lastEndAt: number;
  readonly seed: number;
  readonly created: (mailing: PlannedMailing) => void;
}

interface Payload {
  readonly mailing: { readonly id: string } | null;
  readonly userErrors: readonly { readonly code: string }[];
}

const payload = '{ mailing { id } userErrors { code } }';
const deeds = ['pause', 'resume', 'resume', 'cancel', 'edit text', 'edit rate', 'bring end forward', 'retry', 'opt out', 'opt in'] as const;

/** Fills the directory; `addClient` for each thousand rows. */
export async function fillDirectory(call: Call): Promise<void> {
  const statement = 'mutation ($clients: [CreateClientInput!]!) { importClients(clients: $clients) { failed } }';
  for (let from = 0; from < directory.length; from += 1_000) await call(statement, { clients: directory.slice(from, from + 1_000) });
}

/** Creates mailings until aborted. */
export async function createMailings(people: People, signal: AbortSignal): Promise<void> {
  for (let number = 1; !signal.aborted; number += 1) {
    await create(people, number);
    await delay(people.draws.between(500, 2_500), undefined, { signal }).catch(() => undefined);
  }
}

async function create({ call, plan, draws, lastEndAt, seed, created }: People, number: number): Promise<void> {
  const { tag } = draws.pick(groups);
  const now = Date.now();
  const startsAt = now + (draws.chance(0.3) ? draws.between(500, 5_000) : -1_000);
  const haste = draws.chance(0.4);
  const endsAt = Math.min(lastEndAt, haste ? Math.max(now, startsAt) + draws.between(1_500, 20_000) : lastEndAt);
  const opensAt = minutesOfDay(now, 180) - draws.between(0, 1);
  const window = draws.chance(0.25) ? { from: (opensAt + 1_440) % 1_440, to: (opensAt + draws.between(2, 4)) % 1_440 } : null;
  const ratePerSecond = draws.chance(0.25) ? draws.between(5, 100) : null;
  const text = `soak ${number} `;
  const input = {
    text: `${text}first`,
    filter: { tags: [tag] },
    startsAt: new Date(startsAt).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
    ratePerSecond,
    sendWindow: window && { from: clock(window.from), to: clock(window.to) },
  };
  const mailing: PlannedMailing = {
    number,
    id: '',
    tag,
    startsAt,
    ends: [{ at: endsAt, since: 0 }],
    text: input.text,
    window,
    ratePerSecond,
    paused: null,
    cancelled: false,
    bans: [],
  };
  plan.mailings.set(number, mailing);
  const answer = await call<{ createMailing: Payload }>(
    `mutation ($input: CreateMailingInput!, $key: String) { createMailing(input: $input, idempotencyKey: $key) ${payload} }`,
    { input, key: `soak-${seed}-${number}` },
  );
  const id = answer?.data.createMailing.mailing?.id;
  // Refused only when asking took so long that its end is over, or when the soak ends.
  if (id === undefined) return void plan.mailings.delete(number);
  mailing.id = id;
  created(mailing);
}

/** Changes things until aborted. */
export async function meddle(people: People, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await delay(people.draws.between(300, 1_500), undefined, { signal }).catch(() => undefined);
    const deed = people.draws.pick(deeds);
    if (signal.aborted) break;
    const done =
      deed === 'opt out' || deed === 'opt in' ? await changeClient(people, deed === 'opt out') : await changeMailing(people, deed);
    if (done) people.plan.deeds.set(deed, (people.plan.deeds.get(deed) ?? 0) + 1);
  }
}

async function changeClient({ call, plan, draws }: People, optedOut: boolean): Promise<boolean> {
  const candidates = directory.filter(({ phone, tag }) => isMoody(tag) && plan.optedOut.has(phone) !== optedOut);
  const [first, ...others] = candidates;
  if (first === undefined) return false;
  const { phone } = draws.pick([first, ...others]);
  const found = await call<{ clients: { nodes: { id: string }[] } }>(
    'query ($phone: String!) { clients(where: { phone: $phone }) { nodes { id } } }',
    { phone },
  );
  const id = found?.data.clients.nodes[0]?.id;
  if (id === undefined) return false;
  const ban = plan.optedOut.get(phone);
  if (ban !== undefined) ban.until = Date.now();
  const answer = await call(
    'mutation ($id: ID!, $optedOut: Boolean!) { updateClient(id: $id, input: { optedOut: $optedOut }) { userErrors { code } } }',
    {
      id,
      optedOut,
    },
  );
  if (answer === null) return false;
  plan.optedOut.delete(phone);
  if (!optedOut) return true;
  const next: Ban = { why: 'opted out', from: answer.answeredAt, until: Infinity, phone };
  plan.optedOut.set(phone, next);
  plan.phoneBans.push(next);
  return true;
}

type MailingDeed = Exclude<(typeof deeds)[number], 'opt out' | 'opt in'>;

async function changeMailing({ call, plan, draws }: People, deed: MailingDeed): Promise<boolean> {
  const now = Date.now();
  const alive = [...plan.mailings.values()]
    .filter((mailing) => mailing.id !== '' && lastEndOf(mailing) > now + 2_000 && !mailing.cancelled)
    .slice(-30);
  const fitting = deed === 'resume' ? alive.filter(({ paused }) => paused !== null) : deed === 'cancel' ? alive.slice(-8) : alive;
  const [first, ...others] = fitting;
  if (first === undefined) return false;
  const mailing = draws.pick([first, ...others]);
  const run = async (
    field: string,
    parameters = '',
    values: Readonly<Record<string, unknown>> = {},
    declared = '',
  ): ReturnType<typeof mutateMailing> => mutateMailing(call, mailing.id, field, parameters, values, declared);
  const update = async (input: Readonly<Record<string, unknown>>): ReturnType<typeof mutateMailing> =>
    run('updateMailing', ', input: $input', { input }, ', $input: UpdateMailingInput!');
  const ban = (from: number, why: string, more: Pick<Ban, 'text'> = {}): Ban => {
    const made = { why, from, until: Infinity, ...more };
    mailing.bans.push(made);
    return made;
  };

  switch (deed) {
    case 'pause': {
      const at = await run('pauseMailing');
      if (at !== null && mailing.paused === null) mailing.paused = ban(at, 'paused');
      return at !== null;
    }
    case 'resume': {
      if (mailing.paused !== null) mailing.paused.until = Date.now();
      mailing.paused = null;
      return (await run('resumeMailing')) !== null;
    }
    case 'cancel': {
      const at = await run('cancelMailing');
      if (at === null) return false;
      mailing.cancelled = true;
      ban(at, 'cancelled');
      return true;
    }
    case 'edit text': {
      const old = mailing.text;
      const text = `soak ${mailing.number} edited ${now}`;
      const at = await update({ text });
      if (at === null) return false;
      mailing.text = text;
      ban(at, 'its text was edited', { text: old });
      return true;
    }
    case 'edit rate':
      return (await update({ ratePerSecond: draws.chance(0.3) ? null : draws.between(5, 200) })) !== null;
    case 'bring end forward': {
      const endsAt = now + draws.between(8_000, 20_000);
      if (endsAt >= lastEndOf(mailing)) return false;
      const at = await update({ endsAt: new Date(endsAt).toISOString() });
      if (at !== null) mailing.ends.push({ at: endsAt, since: at });
      return at !== null;
    }
    case 'retry':
      return (await run('retryMessages', ', statuses: [FAILED, UNCONFIRMED]', {}, '')) !== null;
    default:
      return deed satisfies never;
  }
}

/** When it was answered, epoch milliseconds; null when it was refused or not answered. */
async function mutateMailing(
  call: Call,
  id: string,
  field: string,
  parameters: string,
  values: Readonly<Record<string, unknown>>,
  declared: string,
): Promise<number | null> {
  const name = field === 'retryMessages' ? 'mailingId' : 'id';
  const answer = await call<Record<string, Pick<Payload, 'userErrors'>>>(
    `mutation ($id: ID!${declared}) { ${field}(${name}: $id${parameters}) { userErrors { code } } }`,
    { id, ...values },
  );
  return answer !== null && answer.data[field]?.userErrors.length === 0 ? answer.answeredAt : null;
}

function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

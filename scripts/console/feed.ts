// Clients and mailings for a service of one's own.
import type { Stage } from './stage.ts';

const timeZones = [
  'Europe/Moscow',
  'Europe/Samara',
  'Asia/Yekaterinburg',
  'Asia/Omsk',
  'Asia/Novosibirsk',
  'Asia/Irkutsk',
  'Asia/Yakutsk',
  'Asia/Vladivostok',
  'Asia/Magadan',
  'Asia/Kamchatka',
  'Europe/Kaliningrad',
  'Asia/Almaty',
  'Asia/Tashkent',
  'Europe/London',
  'America/New_York',
  'America/Sao_Paulo',
  'America/Los_Angeles',
  'Pacific/Honolulu',
  'Pacific/Auckland',
  'Asia/Kathmandu',
] as const;

interface ClientsToAdd {
  readonly tag: string;
  readonly count: number;
  /** Of their numbers, which no operator has. */
  readonly from: number;
}

/** `count` clients with the tag, over twenty time zones, more of them in the first ones. */
export async function addClients({ url }: Stage, { tag, count, from }: ClientsToAdd): Promise<void> {
  const lines = Array.from({ length: count }, (_, index) => {
    const zone = timeZones[Math.floor(((index * 0.618_034) % 1) ** 2 * timeZones.length)] ?? timeZones[0];
    return `7000${String(from + index).padStart(7, '0')},,${tag},${zone}`;
  });
  const answer = await fetch(`${url}/clients/import`, {
    method: 'POST',
    headers: { 'content-type': 'text/csv' },
    body: ['phone,operator_code,tag,time_zone', ...lines, ''].join('\n'),
  });
  if (!answer.ok) throw new Error(`import: ${answer.status} ${await answer.text()}`);
}

export interface NewMailing {
  readonly text: string;
  readonly filter: { readonly tags: readonly string[] };
  readonly startsAt: string;
  readonly endsAt: string;
  readonly ratePerSecond?: number;
  readonly sendWindow?: { readonly from: string; readonly to: string };
}

/** Its id. */
export async function createMailing(stage: Stage, input: NewMailing): Promise<string> {
  const { createMailing: answer } = await stage.query<{
    readonly createMailing: { readonly mailing: { readonly id: string } | null; readonly userErrors: readonly unknown[] };
  }>('mutation ($input: CreateMailingInput!) { createMailing(input: $input) { mailing { id } userErrors { code field message } } }', {
    input,
  });
  if (answer.mailing === null) throw new Error(JSON.stringify(answer.userErrors));
  return answer.mailing.id;
}

export interface MailingState {
  readonly status: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly statistics: { readonly total: number; readonly pending: number; readonly sent: number };
}

export async function readMailing(stage: Stage, id: string): Promise<MailingState> {
  const { mailing } = await stage.query<{ readonly mailing: MailingState }>(
    'query ($id: ID!) { mailing(id: $id) { status startedAt finishedAt statistics { total pending sent } } }',
    { id },
  );
  return mailing;
}

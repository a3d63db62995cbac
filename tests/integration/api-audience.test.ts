// The dry run says what the expansion then does: its numbers are compared with those of real mailings.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startEngine } from '../support/engine.ts';
import type { Engine } from '../support/engine.ts';
import { addMailing, clearEngine, countsOf } from '../support/engine-seed.ts';
import { openGraphqlApi } from '../support/graphql-api.ts';
import type { GraphqlApi } from '../support/graphql-api.ts';
import { addClients } from '../support/scenario.ts';
import { stopClock } from '../support/seed.ts';
import { storeClient } from '../support/stored-rows.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

let db: TestDatabase;
let api: GraphqlApi;
let engine: Engine;
beforeAll(async () => {
  db = await createTestDatabase();
  api = await openGraphqlApi({ url: db.url });
  engine = await startEngine(db.url);
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await api[Symbol.asyncDispose]();
  await db.drop();
});

const hour = 3_600_000;
const now = Date.parse('2027-06-15T09:00:00Z');
const iso = (at: number): string => new Date(at).toISOString();

beforeEach(async () => {
  await clearEngine(db.pool);
  await stopClock(db.pool, iso(now));
});

interface Audience {
  readonly matching: number;
  readonly reachable: number;
  readonly optedOut: number;
  readonly outsideWindow: number;
  readonly timeZones: readonly { readonly timeZone: string; readonly clients: number; readonly opensAt: string | null }[];
  readonly sms: unknown;
}

const document = `query ($input: AudienceInput!) { audience(input: $input) {
  matching reachable optedOut outsideWindow timeZones { timeZone clients opensAt }
  sms { encoding characters units segmentsPerMessage segmentsTotal outsideGsm }
} }`;

async function audienceOf(input: Readonly<Record<string, unknown>> = {}): Promise<Audience> {
  const { data, errors } = await api.ask(document, { input: { startsAt: iso(now), endsAt: iso(now + 8 * hour), ...input } });
  expect(errors).toEqual([]);
  return data.audience;
}

describe('the dry run', () => {
  test('counts those who match, those who have opted out, and those whose window never opens', async () => {
    await addClients(db.pool, 5, { from: 0, timeZone: 'Europe/Moscow', tag: 'vip' });
    await addClients(db.pool, 4, { from: 10, timeZone: 'Asia/Vladivostok', tag: 'vip' });
    await addClients(db.pool, 3, { from: 20, timeZone: 'America/New_York', operatorCode: '901', tag: 'vip' });
    await addClients(db.pool, 2, { from: 30, timeZone: 'Europe/Moscow' });
    await db.pool.query('update client set opted_out_at = instant_now() where phone in (79000000000, 79000000010, 79000000011)');
    // 12:00 in Moscow, 19:00 in Vladivostok, 05:00 in New York.
    expect(await audienceOf({ filter: { tags: ['vip'] }, sendWindow: { from: '10:00', to: '18:00' }, text: 'Hi [you]' })).toEqual({
      matching: 12,
      reachable: 7,
      optedOut: 3,
      outsideWindow: 2,
      timeZones: [
        { timeZone: 'Europe/Moscow', clients: 4, opensAt: iso(now) },
        { timeZone: 'America/New_York', clients: 3, opensAt: iso(now + 5 * hour) },
        { timeZone: 'Asia/Vladivostok', clients: 2, opensAt: null },
      ],
      sms: { encoding: 'GSM_7', characters: 8, units: 10, segmentsPerMessage: 1, segmentsTotal: 7, outsideGsm: [] },
    });
    expect(await audienceOf({ filter: { operatorCodes: ['901'] } })).toMatchObject({ matching: 3, reachable: 3, sms: null });
    expect(await audienceOf()).toMatchObject({ matching: 14, reachable: 11, optedOut: 3, outsideWindow: 0 });
    expect(await audienceOf({ filter: { tags: ['nobody'] } })).toMatchObject({ matching: 0, timeZones: [] });
  });

  test('refuses what createMailing would refuse, every fault at once', async () => {
    const { data, errors } = await api.ask(document, {
      input: {
        text: '',
        filter: { operatorCodes: ['12'] },
        startsAt: iso(now - hour),
        endsAt: iso(now),
        sendWindow: { from: '9', to: '9' },
      },
    });
    expect(data).toBeNull();
    expect(errors).toHaveLength(1);
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'input' });
    const faults = errors[0]?.extensions['userErrors'] as { code: string; field: string[] }[];
    expect(faults.map(({ code, field }) => `${code} ${field.join('.')}`)).toEqual([
      'INVALID_TEXT input.text',
      'INVALID_FILTER input.filter.operatorCodes.0',
      'INVALID_PERIOD input.endsAt',
      'INVALID_SEND_WINDOW input.sendWindow.from',
      'INVALID_SEND_WINDOW input.sendWindow.to',
    ]);
    expect(errors[0]?.message).toContain('input.text: must have 1 to 1000 characters; ');
  });

  test('writes nothing', async () => {
    await addClients(db.pool, 3);
    await audienceOf();
    const { rows } = await db.pool.query(
      'select (select count(*) from mailing)::int as mailings, (select count(*) from message)::int as messages',
    );
    expect(rows).toEqual([{ mailings: 0, messages: 0 }]);
  });
});

describe('what a real mailing becomes', () => {
  const zones = ['Europe/Moscow', '+03:00', 'Asia/Vladivostok', 'America/St_Johns', 'Pacific/Chatham', 'Asia/Kathmandu', 'UTC'];
  const tags = [null, 'vip', 'new'];
  const codes = ['900', '901'];

  /** Clients of every kind there is, some of each opted out. */
  async function storeDirectory(): Promise<void> {
    let phone = 79_000_000_000;
    for (const timeZone of zones) {
      for (const tag of tags) {
        for (const operatorCode of codes) {
          for (const optedOut of [false, false, true])
            await storeClient(db.pool, { phone: String((phone += 1)), timeZone, tag, operatorCode, optedOut });
        }
      }
    }
  }

  test('is what the dry run said: recipients, expired, and the opening of each zone', async () => {
    await storeDirectory();
    const time = fc.integer({ min: 0, max: 95 }).map((n) => `${String(n >> 2).padStart(2, '0')}:${String((n & 3) * 15).padStart(2, '0')}`);
    const window = fc.option(fc.record({ from: time, to: time }).filter(({ from, to }) => from !== to));
    const mailing = fc.record({
      window,
      operatorCodes: fc.subarray(codes),
      tags: fc.subarray(['vip', 'new']),
      startsInMs: fc.integer({ min: -5, max: 30 }).map((hours) => hours * hour),
      lastsMs: fc.integer({ min: 1, max: 60 }).map((quarters) => quarters * 0.25 * hour),
    });
    await fc.assert(
      fc.asyncProperty(mailing, async ({ window: sendWindow, operatorCodes, tags: filterTags, startsInMs, lastsMs }) => {
        await db.pool.query('truncate mailing, mailing_statistics, message, batch');
        await stopClock(db.pool, iso(now));
        const startsAt = now + startsInMs;
        const endsAt = Math.max(startsAt, now) + lastsMs;
        const dry = await audienceOf({
          startsAt: iso(startsAt),
          endsAt: iso(endsAt),
          sendWindow,
          filter: { operatorCodes, tags: filterTags },
        });
        expect(dry.matching).toBe(dry.reachable + dry.optedOut + dry.outsideWindow);

        const mailingId = await addMailing(db.pool, {
          status: 'SCHEDULED',
          startsInMs,
          endsInMs: endsAt - now,
          operatorCodes,
          tags: filterTags,
          ...(sendWindow !== null && { window: [sendWindow.from, sendWindow.to] as const }),
        });
        // The hour of the start has come.
        await stopClock(db.pool, iso(Math.max(startsAt, now)));
        await engine.expand(mailingId);
        expect(await countsOf(db.pool, mailingId)).toMatchObject({
          total: dry.reachable + dry.outsideWindow,
          pending: dry.reachable,
          expired: dry.outsideWindow,
        });
        const { rows } = await db.pool.query<{ timeZone: string; clients: number; opensAt: Date }>(
          `select time_zone as "timeZone", sum(pending)::int as clients, min(due_at) as "opensAt" from batch where mailing_id = $1 group by time_zone`,
          [mailingId],
        );
        const real = rows.map(({ timeZone, clients, opensAt }) => ({ timeZone, clients, opensAt: opensAt.toISOString() }));
        const byZone = (a: { timeZone: string }, b: { timeZone: string }): number => (a.timeZone < b.timeZone ? -1 : 1);
        expect(dry.timeZones.filter(({ opensAt }) => opensAt !== null).toSorted(byZone)).toEqual(real.toSorted(byZone));
      }),
      { numRuns: 40 },
    );
  });
});

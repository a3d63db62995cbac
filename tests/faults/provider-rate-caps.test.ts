// Rate caps over two workers as processes of their own, measured where they count: at the provider, by its own clock.
// RATE_SECONDS=60 measures a whole minute of each and prints the figures.
import { afterAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { useProcessBench } from '../support/process-bench.ts';
import type { ProcessBench } from '../support/process-bench.ts';
import { expectProviderPromises, mostInAnySecond, perSecond, perUnstalledSecond } from '../support/provider-proof.ts';
import { addClients, createMailing, finished, inMs, mutate, readStatistics } from '../support/scenario.ts';
import { accept } from '../support/stub-behaviours.ts';
import type { StubEntry } from '../support/stub-provider.ts';

const bench = useProcessBench();

const seconds = Number(process.env['RATE_SECONDS'] ?? 3);
/** A busy machine gets there later, not less far. */
const patienceMs = 90_000 + seconds * 1_000;
const figures: string[] = [];
afterAll(() => {
  if (process.env['RATE_SECONDS'] !== undefined) console.log(figures.join('\n'));
});

/** Whole seconds after the first one in which a request came, up to the last: begun by `from`, as many as asked for. */
function buckets(requests: readonly StubEntry[], count: number): number[] {
  const seen = perSecond(requests);
  const from = Math.min(...seen.keys()) + 1;
  return Array.from({ length: count }, (_, index) => seen.get(from + index) ?? 0);
}

/** The clock itself is what a rate is measured by. */
async function passed(at: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, at - Date.now())));
}

function note(name: string, cap: number, requests: readonly StubEntry[]): void {
  const each = buckets(requests, seconds);
  const share = each.reduce((sum, n) => sum + n, 0) / (cap * seconds);
  figures.push(
    `${name}: most in a second ${Math.max(...each)}, in any window of a second ${mostInAnySecond(requests)}, ${(share * 100).toFixed(1)} % of the cap over ${seconds} s`,
  );
}

/** Any machine sends so many in a second, however busy; what share of a higher cap it uses is measured with RATE_SECONDS. */
const slowestMachine = 100;

/** Seconds in which most of the cap was used. */
function usedSeconds(requests: readonly StubEntry[], cap: number): number {
  return perUnstalledSecond(bench.stub, requests).filter((count) => count >= Math.min(cap * 0.6, slowestMachine)).length;
}

function mostInASecond(requests: readonly StubEntry[]): number {
  return Math.max(0, ...perUnstalledSecond(bench.stub, requests));
}

/** Sends under a cap until most of it was used in `seconds` whole seconds, then stops. */
async function sendUnder(own: ProcessBench, text: string, cap: number, ratePerSecond: number | null): Promise<readonly StubEntry[]> {
  // Enough for a minute of a busy machine; all of a cap is used only where that is measured.
  const total = process.env['RATE_SECONDS'] === undefined ? Math.min(cap, 400) * (seconds + 60) + 10 : cap * (seconds + 20) + 10;
  await addClients(own.database.pool, total);
  const mailingId = await createMailing(own.api, { text, ratePerSecond, endsAt: inMs(3_600_000) });
  await eventually(() => expect(usedSeconds(own.requestsFor(text), cap)).toBeGreaterThan(seconds), { timeoutMs: patienceMs, everyMs: 100 });
  await eventually(async () => expect((await readStatistics(own.api, mailingId)).total).toBe(total));
  await mutate(own.api, 'cancelMailing', mailingId);
  await finished(own.api, mailingId);
  const requests = own.requestsFor(text);
  await expectProviderPromises({ pool: own.database.pool, api: own.api, mailingId, requests, total });
  return requests;
}

describe('over two workers, in no second of the provider more than', () => {
  test.each([1, 7, 100, 1_000])(
    'the %d per second of a mailing, and most of them used',
    async (cap) => {
      await Promise.all([bench.start('first'), bench.start('second')]);
      const requests = await sendUnder(bench, `mailing ${cap}`, cap, cap);
      note(`mailing ${cap}/s`, cap, requests);
      expect(mostInASecond(requests)).toBeLessThanOrEqual(cap);
    },
    60_000 + patienceMs,
  );

  test.each([1, 7, 100, 1_000])(
    'the %d per second of the provider, and most of them used',
    async (cap) => {
      const env = { PROVIDER_RATE_PER_SECOND: String(cap) };
      await Promise.all([bench.start('first', env), bench.start('second', env)]);
      const requests = await sendUnder(bench, `provider ${cap}`, cap, null);
      note(`provider ${cap}/s`, cap, requests);
      expect(mostInASecond(requests)).toBeLessThanOrEqual(cap);
    },
    60_000 + patienceMs,
  );

  test('the provider allows, over ten mailings that are sent at the same time', async () => {
    const env = { PROVIDER_RATE_PER_SECOND: '150' };
    await Promise.all([bench.start('first', env), bench.start('second', env)]);
    await addClients(bench.database.pool, 60);
    const texts = Array.from({ length: 10 }, (_, mailing) => `one of ten ${mailing}`);
    const ids = await Promise.all(texts.map(async (text) => createMailing(bench.api, { text })));
    for (const id of ids) expect(await finished(bench.api, id)).toMatchObject({ total: 60, sent: 60 });
    const requests = texts.flatMap((text) => bench.requestsFor(text));
    expect(requests.length).toBe(600);
    expect(perUnstalledSecond(bench.stub, requests).length).toBeGreaterThan(0);
    expect(mostInASecond(requests)).toBeLessThanOrEqual(150);
  });

  test(
    'a cap that a person changes while it is sent: lower, higher, and none',
    async () => {
      await Promise.all([bench.start('first'), bench.start('second')]);
      await addClients(bench.database.pool, 2_000);
      bench.stub.behave(() => accept());
      const text = 'changed';
      const id = await createMailing(bench.api, { text, ratePerSecond: 40 });
      const change = async (ratePerSecond: number | null): Promise<number> => {
        await bench.api.query(
          'mutation ($id: ID!, $rate: Int) { updateMailing(id: $id, input: { ratePerSecond: $rate }) { userErrors { code } } }',
          {
            id,
            rate: ratePerSecond,
          },
        );
        return Date.now();
      };
      /** A second to be obeyed and half of one for the way; then whole ones in which the stub did not stand still. */
      const firstSecond = (at: number): number => Math.ceil((at + 1_500) / 1_000);
      const secondsFrom = async (at: number, count: number): Promise<number[]> => {
        const found: number[] = [];
        for (let second = firstSecond(at); found.length < count; second += 1) {
          await passed((second + 1) * 1_000 + 200);
          if (!bench.stub.stalledSeconds.has(second)) found.push(perSecond(bench.requestsFor(text)).get(second) ?? 0);
        }
        return found;
      };
      await eventually(() => expect(bench.requestsFor(text).length).toBeGreaterThan(20));
      expect(Math.max(...(await secondsFrom(await change(5), 3)))).toBeLessThanOrEqual(5);
      const raisedAt = await change(80);
      const raised = (): number => mostInASecond(bench.requestsFor(text).filter(({ at }) => at >= firstSecond(raisedAt) * 1_000));
      await eventually(() => expect(raised()).toBeGreaterThan(40), { timeoutMs: patienceMs });
      expect(Math.max(...(await secondsFrom(raisedAt, 3)))).toBeLessThanOrEqual(80);
      await change(null);
      expect(await finished(bench.api, id)).toMatchObject({ total: 2_000, sent: 2_000 });
      expect(Math.max(...perSecond(bench.requestsFor(text)).values())).toBeGreaterThan(80);
      await expectProviderPromises({
        pool: bench.database.pool,
        api: bench.api,
        mailingId: id,
        requests: bench.requestsFor(text),
        total: 2_000,
      });
    },
    60_000 + patienceMs,
  );
});

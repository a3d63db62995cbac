// When messages go out: future starts, the clients' own hours, and the end.
import { describe, expect, test } from 'vitest';
import { useEndToEnd } from '../support/e2e-setup.ts';
import { addClients, createMailing, finished, inMs, lastRequestAt, readStatistics } from '../support/scenario.ts';
import { accept, hang } from '../support/stub-behaviours.ts';
import { eventually } from '../support/eventually.ts';

const e2e = useEndToEnd();

/** HH:MM of UTC so many minutes from now. */
const clock = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString().slice(11, 16);

describe('a future mailing', () => {
  test('starts by itself, and not before its time', async () => {
    await addClients(e2e.database.pool, 50);
    const startsAt = Date.now() + 10_000;
    const id = await createMailing(e2e.service, { text: 'later', startsAt: new Date(startsAt).toISOString() });
    expect((await readStatistics(e2e.service, id)).mailingStatus).toBe('SCHEDULED');
    expect(await finished(e2e.service, id)).toMatchObject({ sent: 50, total: 50 });
    expect(Math.min(...e2e.requestsFor('later').map((entry) => entry.at))).toBeGreaterThanOrEqual(startsAt);
  });

  test('moves with its start: an earlier one is obeyed', async () => {
    await addClients(e2e.database.pool, 5);
    const id = await createMailing(e2e.service, { text: 'moved', startsAt: inMs(3_000_000) });
    await e2e.service.query(
      'mutation ($id: ID!, $at: DateTime!) { updateMailing(id: $id, input: { startsAt: $at }) { userErrors { code } } }',
      { id, at: inMs(500) },
    );
    expect(await finished(e2e.service, id)).toMatchObject({ sent: 5 });
  });
});

describe('the progress of a mailing', () => {
  test('is the rate it really has, and an end that follows from it; it is gone when the mailing is over', async () => {
    await addClients(e2e.database.pool, 100);
    const id = await createMailing(e2e.service, { text: 'progress', ratePerSecond: 10 });
    const progress = async () => {
      const { mailing } = await e2e.service.query<{
        mailing: { progress: { ratePerSecond: number | null; estimatedEndAt: string | null; willNotFit: number | null } | null };
      }>('query ($id: ID!) { mailing(id: $id) { progress { ratePerSecond estimatedEndAt willNotFit } } }', { id });
      return mailing.progress;
    };
    const rates: number[] = [];
    const seen = await eventually(
      async () => {
        const now = await progress();
        rates.push(...(now?.ratePerSecond ? [now.ratePerSecond] : []));
        return rates.length >= 5 && now !== null && now.estimatedEndAt !== null && now;
      },
      { everyMs: 400 },
    );
    // A second's share more or less at the edges of a sample; answers that were held up come together, and a later sample evens that out.
    expect(rates.toSorted((a, b) => a - b)[2]).toBeLessThanOrEqual(20);
    expect(Date.parse(seen.estimatedEndAt ?? '')).toBeGreaterThan(Date.now() - 1_000);
    expect(seen.willNotFit).toBe(0);
    expect(await finished(e2e.service, id)).toMatchObject({ sent: 100 });
    expect(await progress()).toBeNull();
  });
});

describe('a send window', () => {
  test('that is open for some zones sends to them now and keeps the others for their morning', async () => {
    await addClients(e2e.database.pool, 10, { timeZone: 'UTC' });
    await addClients(e2e.database.pool, 10, { from: 10, timeZone: '+06:00' });
    const id = await createMailing(e2e.service, {
      text: 'window',
      sendWindow: { from: clock(-30), to: clock(30) },
      endsAt: inMs(24 * 3_600_000),
    });
    await eventually(async () => expect(await readStatistics(e2e.service, id)).toMatchObject({ total: 20, sent: 10, pending: 10 }));
    const { messages } = await e2e.service.query<{ messages: { nodes: { dueAt: string; client: { timeZone: string } }[] } }>(
      'query ($id: ID!) { messages(where: { mailingId: $id, statuses: [PENDING] }) { nodes { dueAt client { timeZone } } } }',
      { id },
    );
    expect(new Set(messages.nodes.map((node) => node.client.timeZone))).toEqual(new Set(['+06:00']));
    for (const { dueAt } of messages.nodes) expect(Date.parse(dueAt)).toBeGreaterThan(Date.now() + 16 * 3_600_000);
    expect(e2e.requestsFor('window').length).toBe(10);
  });

  test('that spans midnight is open on both sides of it', async () => {
    await addClients(e2e.database.pool, 10, { timeZone: 'UTC' });
    const id = await createMailing(e2e.service, { text: 'overnight', sendWindow: { from: clock(-10), to: clock(-20) } });
    expect(await finished(e2e.service, id)).toMatchObject({ sent: 10 });
  });

  test('that never opens before the end expires its clients at once, unsent', async () => {
    await addClients(e2e.database.pool, 10, { timeZone: 'UTC' });
    const id = await createMailing(e2e.service, { text: 'never', sendWindow: { from: clock(120), to: clock(180) } });
    expect(await finished(e2e.service, id)).toMatchObject({ total: 10, expired: 10, sent: 0 });
    expect(e2e.requestsFor('never')).toEqual([]);
  });
});

describe('the end of a mailing', () => {
  test('leaves the rest EXPIRED, and nothing is sent after it', async () => {
    await addClients(e2e.database.pool, 400);
    const endsAt = Date.now() + 10_000;
    const id = await createMailing(e2e.service, { text: 'ending', ratePerSecond: 20, endsAt: new Date(endsAt).toISOString() });
    const statistics = await finished(e2e.service, id);
    expect(statistics.total).toBe(400);
    expect(statistics.sent).toBeGreaterThan(10);
    // A request that was cut off at the end may have been taken.
    expect(statistics.expired).toBe(400 - statistics.sent - statistics.unconfirmed);
    expect(lastRequestAt(e2e.requestsFor('ending'))).toBeLessThan(endsAt);
    expect(e2e.requestsFor('ending').length).toBe(statistics.sent + statistics.unconfirmed);
  });

  test('cuts requests that hang before it: what the provider may have taken is UNCONFIRMED', async () => {
    await addClients(e2e.database.pool, 20);
    e2e.stub.behave((request) => (request.body?.text === 'hanging' ? hang() : accept()));
    const endsAt = Date.now() + 10_000;
    const id = await createMailing(e2e.service, { text: 'hanging', endsAt: new Date(endsAt).toISOString() });
    expect(await finished(e2e.service, id)).toMatchObject({ total: 20, unconfirmed: 20, sent: 0, expired: 0 });
    expect(lastRequestAt(e2e.requestsFor('hanging'))).toBeLessThan(endsAt);
  });
});

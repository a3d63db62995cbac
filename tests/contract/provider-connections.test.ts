// The HTTP provider's connections: how many, used again, cut, given up, closed; and no request pays for another one's fault.
import { describe, expect, it } from 'vitest';
import { makeHttpProvider } from '../../src/provider/http-provider.ts';
import { eventually } from '../support/eventually.ts';
import { useProvider } from '../support/provider-bench.ts';
import { accept, answer, perAttempt, raw, resetBeforeAccepting, strangeBodies, truncate } from '../support/stub-behaviours.ts';

const bench = useProvider();

describe('connections', () => {
  it('connections are used again', async () => {
    const wide = bench.providerAt(bench.stub.url, 64);
    for (let id = 1; id <= 50; id += 1) expect(await bench.send(String(id), 20_000, wide)).toEqual({ kind: 'accepted' });
    // Not exactly one: an answered connection is free again only a turn of the event loop later.
    expect(bench.stub.connections().opened).toBeLessThan(10);
  });

  it('no more connections than allowed, every request once', async () => {
    const ids = Array.from({ length: 2000 }, (_, index) => String(index + 1));
    const outcomes = await Promise.all(ids.map((id) => bench.send(id)));
    expect(outcomes.every(({ kind }) => kind === 'accepted')).toBe(true);
    expect(bench.stub.connections().opened).toBeLessThanOrEqual(4);
    expect(bench.stub.ledger.map(({ msgId }) => msgId).toSorted()).toEqual(ids.toSorted());
  });

  it('a keep-alive connection that the provider closes between requests costs no request', async () => {
    bench.stub.behave(() => accept({ closeAfter: true }));
    for (let id = 1; id <= 50; id += 1) expect(await bench.send(String(id))).toEqual({ kind: 'accepted' });
    expect(bench.stub.connections().opened).toBe(50);
  });

  it('connections cut while idle are replaced', async () => {
    expect(await bench.send('1')).toEqual({ kind: 'accepted' });
    bench.stub.cutConnections();
    await eventually(() => bench.stub.connections().open === 0);
    expect(await bench.send('2')).toEqual({ kind: 'accepted' });
  });

  it('faults of some requests do not touch their neighbours', async () => {
    const faulty = [
      resetBeforeAccepting(),
      truncate(),
      raw('nonsense\r\n\r\n'),
      answer(500),
      answer(200, { body: strangeBodies.huge }),
    ] as const;
    bench.stub.behave(({ msgId, ...request }) => perAttempt(faulty[Number(msgId) % 10] ?? accept(), accept())(request));
    const sendUntilAccepted = async (id: string): Promise<number> => {
      for (let attempt = 1; ; attempt += 1) {
        const outcome = await bench.send(id);
        if (outcome.kind === 'accepted') return attempt;
        expect(['retry', 'ambiguous']).toContain(outcome.kind);
      }
    };
    const attempts = await Promise.all(Array.from({ length: 300 }, (_, index) => sendUntilAccepted(String(index))));
    expect(attempts).toEqual(Array.from({ length: 300 }, (_, index) => (index % 10 < faulty.length ? 2 : 1)));
  });

  it('a new token is used by the next request', async () => {
    let token = 'first';
    let generation = 1;
    const changing = makeHttpProvider({
      url: bench.stub.url,
      token: { current: () => token, generation: () => generation },
      connections: 1,
    });
    bench.cleanUp(async () => changing.close());
    await bench.send('1', 20_000, changing);
    [token, generation] = ['second', 2];
    await bench.send('2', 20_000, changing);
    expect(bench.stub.ledger.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
    expect(changing.tokenGeneration()).toBe(2);
  });

  it('a request whose connection is ready too late is not written, and the next one finds the connection ready', async () => {
    const request = { phone: '79161234567', textJson: '"Hello"', timeoutMs: 20_000 };
    expect(await bench.provider.send({ ...request, messageId: '1', startWithinMs: 0 })).toEqual({ kind: 'not-started' });
    expect(await bench.provider.send({ ...request, messageId: '2', startWithinMs: 5_000 })).toEqual({ kind: 'accepted' });
    expect(bench.stub.ledger.map(({ msgId }) => msgId)).toEqual(['2']);
    expect(bench.stub.connections().opened).toBe(1);
  });

  it('given up, requests in flight end as if their time were up, and later ones are sent', async () => {
    bench.stub.holdAll();
    const outcomes = ['1', '2', '3'].map(async (id) => bench.send(id));
    await bench.stub.waitForRequests(3);
    bench.provider.giveUp();
    for (const outcome of outcomes) expect(await outcome).toMatchObject({ kind: 'ambiguous', code: 'TIMEOUT' });
    bench.stub.release();
    expect(await bench.send('4')).toEqual({ kind: 'accepted' });
  });

  it('close waits for the requests in flight and starts no more', async () => {
    bench.stub.holdAll();
    const outcome = bench.send();
    await bench.stub.waitForRequests(1);
    const closed = bench.provider.close();
    expect(await bench.send('2')).toMatchObject({ kind: 'retry', code: 'CONNECTION' });
    bench.stub.release();
    expect(await outcome).toEqual({ kind: 'accepted' });
    await closed;
    expect(bench.stub.ledger.length).toBe(1);
    await eventually(() => bench.stub.connections().open === 0);
  });
});

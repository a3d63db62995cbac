// The number of requests at a time on a simulated provider and a virtual clock: minutes of sending in which nothing is left to chance.
import { describe, expect, test } from 'vitest';
import { loadSignOf } from '../../src/domain/concurrency-limit.ts';
import { recordLog } from '../support/engine.ts';
import { lognormal, makeRandom, simulateLoad } from '../support/simulated-load.ts';

const connections = 64;
const [SECONDS, MINUTES] = [1_000, 60_000];

describe('a provider that answers as fast whatever we do', () => {
  test.each([
    [0.2, 2 * SECONDS],
    [5, 10 * SECONDS],
    [50, 2 * MINUTES],
    [800, 10 * MINUTES],
    [8_000, 60 * MINUTES],
  ])('in %d ms is asked by all connections, but for a look now and then whether fewer would do', (latencyMs, forMs) => {
    const load = simulateLoad({ connections, provider: { serviceMs: () => latencyMs } });
    load.run(Math.max(2 * SECONDS, 10 * latencyMs));
    const { perSecond, meanLimit } = load.run(forMs);
    expect(meanLimit).toBeGreaterThan(0.99 * connections);
    expect(perSecond).toBeGreaterThan((0.99 * connections * 1_000) / latencyMs);
  });

  test('loses less than half a second to the first look', () => {
    const { perSecond } = simulateLoad({ connections, provider: { serviceMs: () => 50 } }).run(10 * SECONDS);
    expect(perSecond * 10).toBeGreaterThan((connections / 0.05) * 9.5);
  });

  test('has everything that a short mailing is at once', () => {
    const load = simulateLoad({ connections, provider: { serviceMs: () => 50 } });
    load.run(90);
    expect(load.slots[0]?.limit()).toBe(connections);
    expect(load.slots[0]?.taken()).toBe(connections);
  });

  test.each([0.2, 0.5, 1])('but with a spread of %d around it is not starved by chance', (sigma) => {
    const load = simulateLoad({ connections, provider: { serviceMs: lognormal(50, sigma, makeRandom(11)) } });
    load.run(10 * SECONDS);
    expect(load.run(2 * MINUTES).meanLimit).toBeGreaterThan(0.97 * connections);
  });

  test('and once in a while very slowly is asked as much as before', () => {
    let answers = 0;
    const load = simulateLoad({ connections, provider: { serviceMs: () => ((answers += 1) % 500 === 0 ? 10_000 : 50) } });
    load.run(20 * SECONDS);
    expect(load.run(2 * MINUTES).meanLimit).toBeGreaterThan(0.97 * connections);
  });

  test('but whose speed swings by itself, by half and more within a second, is not blamed for it', () => {
    const random = makeRandom(2);
    const swing = lognormal(1, 0.4, random);
    let factor = 1;
    const load = simulateLoad({ connections, provider: { serviceMs: () => 50 * factor } });
    const [parts, partMs] = [1_200, 100];
    let limits = 0;
    for (let part = 0; part < parts; part += 1) {
      // What is left of the last moment's swing after a tenth of its second, and a new one.
      factor = factor ** 0.9 * swing() ** Math.sqrt(1 - 0.81);
      limits += load.run(partMs).meanLimit;
    }
    expect(limits / parts).toBeGreaterThan(0.9 * connections);
  });

  test.each([
    [0.3, 0.97],
    [0.5, 0.8],
    [0.65, 0.75],
  ])('and fails %d of its answers with 503 whatever it is asked is not asked less for it: that would help nobody', (dropShare, least) => {
    const load = simulateLoad({ connections, provider: { dropShare } });
    load.run(10 * SECONDS);
    expect(load.run(2 * MINUTES).meanLimit).toBeGreaterThan(least * connections);
  });

  test('and did not answer anything for a while is asked by all again soon, also when it has become somewhat slower', () => {
    const load = simulateLoad({ connections, provider: { serviceMs: () => 1_000 } });
    load.run(MINUTES);
    load.provider.dropShare = 1;
    expect(load.run(20 * SECONDS).lowest).toBeLessThan(8);
    Object.assign(load.provider, { dropShare: 0, serviceMs: () => 1_300 });
    load.run(MINUTES);
    expect(load.run(MINUTES).meanLimit).toBeGreaterThan(0.9 * connections);
  });
});

describe('a provider that works on so many at a time and lets the others wait', () => {
  test.each([
    [1, 50],
    [4, 50],
    [16, 50],
    [32, 50],
    [4, 500],
    [16, 500],
  ])(
    '%d, %d ms each: the limit settles near it and stays, nothing is lost, and answers are as fast as they can be',
    (servers, serviceMs) => {
      const load = simulateLoad({ connections, provider: { servers, serviceMs: () => serviceMs } });
      const settling = load.run(20 * SECONDS + (8 * connections * serviceMs) / servers);
      expect(settling.highest).toBe(connections);
      const { perSecond, latencyMs, meanLimit, highest } = load.run(3 * MINUTES);
      expect(meanLimit).toBeGreaterThan(servers);
      expect(meanLimit).toBeLessThanOrEqual(1.5 * servers + 1);
      expect(highest).toBeLessThanOrEqual(2 * servers + 1);
      expect(perSecond).toBeGreaterThan((0.97 * servers * 1_000) / serviceMs);
      expect(latencyMs).toBeLessThan(1.7 * serviceMs);
    },
  );

  test.each([0.2, 0.5])('16, in times with a spread of %d: the same, with a twentieth lost at most', (sigma) => {
    const load = simulateLoad({ connections, provider: { servers: 16, serviceMs: lognormal(50, sigma, makeRandom(3)) } });
    load.run(20 * SECONDS);
    const { perSecond, meanLimit } = load.run(5 * MINUTES);
    expect(meanLimit).toBeGreaterThan(14);
    expect(meanLimit).toBeLessThan(24);
    expect(perSecond).toBeGreaterThan((0.95 * 16_000) / (50 * Math.exp(sigma ** 2 / 2)));
  });

  test('in so little time that nobody feels the queue: nothing is made of it', () => {
    const load = simulateLoad({ connections, provider: { servers: 1, serviceMs: () => 0.04 } });
    load.run(2 * SECONDS);
    expect(load.run(5 * SECONDS)).toMatchObject({ lowest: connections });
  });

  test('is shared by two workers that know nothing of each other: nothing is lost, and the queue is a third of what it was', () => {
    const load = simulateLoad({ connections, workers: 2, provider: { servers: 16, serviceMs: lognormal(50, 0.1, makeRandom(5)) } });
    load.run(20 * SECONDS);
    const { perSecond, latencyMs } = load.run(5 * MINUTES);
    expect(perSecond).toBeGreaterThan(0.97 * 320);
    expect(latencyMs).toBeLessThan(400 / 3);
  });
});

describe('a provider that changes', () => {
  test('and is slower or faster for good is asked by all connections again within seconds', () => {
    const load = simulateLoad({ connections, provider: { serviceMs: () => 50 } });
    load.run(10 * SECONDS);
    load.provider.serviceMs = () => 500;
    expect(load.run(5 * SECONDS).lowest).toBeLessThan(connections);
    expect(load.run(30 * SECONDS).meanLimit).toBeGreaterThan(0.97 * connections);
    load.provider.serviceMs = () => 50;
    load.run(5 * SECONDS);
    expect(load.run(30 * SECONDS).meanLimit).toBeGreaterThan(0.97 * connections);
  });

  test('and takes fewer, and all again: the limit follows it down and up', () => {
    const load = simulateLoad({ connections, provider: { serviceMs: () => 50 } });
    load.run(10 * SECONDS);
    load.provider.servers = 8;
    load.run(10 * SECONDS);
    expect(load.run(20 * SECONDS).highest).toBeLessThan(17);
    load.provider.servers = Number.POSITIVE_INFINITY;
    load.run(10 * SECONDS);
    expect(load.run(20 * SECONDS).meanLimit).toBeGreaterThan(0.97 * connections);
  });

  test('and is ten times as slow when there is a queue already: neither is taken for the other', () => {
    const load = simulateLoad({ connections, provider: { servers: 16, serviceMs: () => 50 } });
    load.run(20 * SECONDS);
    load.provider.serviceMs = () => 500;
    load.run(20 * SECONDS);
    const { perSecond, meanLimit } = load.run(5 * MINUTES);
    expect(meanLimit).toBeGreaterThan(16);
    expect(meanLimit).toBeLessThan(25);
    expect(perSecond).toBeGreaterThan(0.97 * 32);
  });
});

describe('a provider with too much to do', () => {
  test('that says so with 503 gets what it takes, few refusals, and all when it is better', () => {
    const load = simulateLoad({ connections, provider: { servers: 16, mostTaken: 20, serviceMs: () => 50 } });
    load.run(10 * SECONDS);
    const { perSecond, rejectedPerSecond, meanLimit } = load.run(5 * MINUTES);
    expect(meanLimit).toBeGreaterThan(16);
    expect(meanLimit).toBeLessThan(21);
    expect(perSecond).toBeGreaterThan(0.97 * 320);
    expect(rejectedPerSecond).toBeLessThan(0.15 * perSecond);
    Object.assign(load.provider, { servers: 100, mostTaken: 100 });
    load.run(10 * SECONDS);
    expect(load.run(20 * SECONDS).meanLimit).toBeGreaterThan(0.97 * connections);
  });

  test('whose answers come too late, all of them, is let work off what it has, and then given what it can do in time', () => {
    const load = simulateLoad({ connections, timeoutMs: 2_000, provider: { servers: 4, serviceMs: () => 500 } });
    expect(load.run(10 * SECONDS).perSecond).toBeLessThan(2);
    load.run(2 * MINUTES);
    const { perSecond, rejectedPerSecond, highest } = load.run(5 * MINUTES);
    expect(perSecond).toBeGreaterThan(0.97 * 8);
    expect(rejectedPerSecond).toBeLessThan(0.1);
    expect(highest).toBeLessThan(12);
    load.provider.servers = connections;
    load.run(30 * SECONDS);
    expect(load.run(2 * MINUTES).meanLimit).toBeGreaterThan(0.97 * connections);
  });
});

test('a limit that is not used does not move, however slow the answers become', () => {
  let perSecond = 20;
  const load = simulateLoad({ connections, perSecond: () => perSecond, provider: { serviceMs: () => 50 } });
  load.run(MINUTES);
  load.provider.serviceMs = () => 1_000;
  expect(load.run(5 * MINUTES)).toMatchObject({ lowest: connections, highest: connections });
  perSecond = 1_000;
  load.provider.servers = 8;
  load.provider.serviceMs = () => 50;
  load.run(10 * SECONDS);
  expect(load.run(MINUTES).highest).toBeLessThan(17);
});

test('what has become of the limit is told once each time, not every step and look on the way', () => {
  const { log, lines } = recordLog();
  const load = simulateLoad({ connections, log, provider: { serviceMs: () => 50 } });
  load.run(5 * MINUTES);
  expect(lines).toEqual([]);
  load.provider.servers = 8;
  load.run(10 * MINUTES);
  load.provider.servers = Number.POSITIVE_INFINITY;
  load.run(10 * MINUTES);
  expect(lines.map(({ level, event, before }) => ({ level, event, before }))).toEqual([
    { level: 'info', event: 'concurrency-changed', before: connections },
    { level: 'info', event: 'concurrency-changed', before: lines[0]?.['limit'] },
  ]);
  expect(lines[0]?.['limit']).toBeLessThan(33);
  expect(lines[1]?.['limit']).toBeGreaterThan(16);
});

test('and where it has come to rest, when the first look has done more than it could by itself', () => {
  const { log, lines } = recordLog();
  const load = simulateLoad({ connections, log, provider: { servers: 6, serviceMs: () => 60 } });
  while (load.slots[0]?.limit() === connections) load.run(10);
  load.provider.serviceMs = () => 40;
  load.run(MINUTES);
  expect(lines).toHaveLength(1);
  expect(lines[0]?.['limit']).toBeLessThan(14);
});

test.each([
  ['an acceptance', { kind: 'accepted' }, 'accepted'],
  ['throttled', { kind: 'throttled', retryAfterMs: 1_000, code: 'HTTP_429', message: '' }, 'overloaded'],
  ['a 503', { kind: 'retry', code: 'HTTP_503', message: '' }, 'overloaded'],
  ['no answer in time', { kind: 'ambiguous', code: 'TIMEOUT', message: '' }, 'overloaded'],
  ['a 500, which speaks of one message', { kind: 'retry', code: 'HTTP_500', message: '' }, null],
  ['a connection that broke', { kind: 'ambiguous', code: 'CONNECTION', message: '' }, null],
  ['refused, often without work', { kind: 'refused', code: 'REJECTED', message: '' }, null],
  ['a refused token', { kind: 'token-refused', code: 'HTTP_401', message: '' }, null],
] as const)('what %s says of the load', (_name, outcome, sign) => {
  expect(loadSignOf(outcome)).toBe(sign);
});

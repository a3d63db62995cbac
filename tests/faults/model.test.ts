// People and the provider do what they like, in any order, while the clock jumps: the promises hold after each run.
// MODEL_RUNS makes it longer, MODEL_SEED repeats a run that failed; fast-check prints the seed and the steps.
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SendWindow } from '../../src/domain/send-window.ts';
import { openWorld, providerModes, zones } from '../support/model-world.ts';
import type { World } from '../support/model-world.ts';

const runs = Number(process.env['MODEL_RUNS'] ?? 6);
const seed = process.env['MODEL_SEED'];
const clients = 24;
const minute = 60_000;

/** How many mailings there are; everything else is read from the real one. */
interface Model {
  mailings: number;
}

type Command = fc.AsyncCommand<Model, World>;

function command(name: string, run: (world: World) => Promise<void>, check: (model: Readonly<Model>) => boolean = () => true): Command {
  return {
    check,
    run: async (_, world) => {
      await run(world);
      await world.look();
    },
    toString: () => name,
  };
}

const windowArbitrary: fc.Arbitrary<SendWindow | null> = fc.option(
  fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 22 })).map(([from, distance]) => {
    const hour = (value: number): string => `${String(value % 24).padStart(2, '0')}:00`;
    return { from: hour(from), to: hour(from + 1 + distance) };
  }),
);

const which = fc.nat({ max: 99 });
const hasMailing = (model: Readonly<Model>): boolean => model.mailings > 0;
const mailingAt = (world: World, index: number): World['mailings'][number] => {
  const mailing = world.mailings[index % world.mailings.length];
  if (mailing === undefined) throw new Error('there is no mailing yet');
  return mailing;
};
const personAt = (world: World, index: number): World['people'][number] => {
  const person = world.people[index % world.people.length];
  if (person === undefined) throw new Error('there are no clients');
  return person;
};

const creation = (startsIn: fc.Arbitrary<number>, window: fc.Arbitrary<SendWindow | null>) =>
  fc.tuple(startsIn, fc.integer({ min: 2, max: 120 }), window).map(([startsIn, lasts, sendWindow]): Command => {
    return {
      check: (model) => model.mailings < 4,
      run: async (model, world) => {
        const startsAt = Math.round((await world.now()) + startsIn * minute);
        const facts = { startsAt, endsAt: Math.max(startsAt, await world.now()) + lasts * minute, sendWindow };
        const mark = `m${world.mailings.length}:`;
        const at = Date.now();
        const created = await world.operations.createMailing({ text: `${mark} hello`, ...facts, endsAt: Math.round(facts.endsAt) }, null);
        if (!created.ok) throw new Error(JSON.stringify(created.errors));
        world.mailings.push({ id: created.value.id, mark, facts: [{ at, since: Date.now(), value: facts }], retriedAt: [] });
        model.mailings += 1;
      },
      toString: () => `create(${startsIn} min, ${lasts} min, ${JSON.stringify(sendWindow)})`,
    };
  });

/** An edit that is accepted becomes history; until the answer both are so. */
function edit(
  name: string,
  index: number,
  change: (now: number) => { text?: string; startsAt?: number; endsAt?: number; sendWindow?: SendWindow | null },
) {
  return command(
    name,
    async (world) => {
      const mailing = mailingAt(world, index);
      const changes = change(Math.round(await world.now()));
      const at = Date.now();
      const text = changes.text === undefined ? {} : { text: `${mailing.mark} ${changes.text}` };
      const result = await world.operations.updateMailing(mailing.id, { ...changes, ...text }, null);
      const before = mailing.facts.at(-1)?.value;
      if (result.ok && before !== undefined) {
        const { startsAt = before.startsAt, endsAt = before.endsAt, sendWindow = before.sendWindow } = changes;
        mailing.facts.push({ at, since: Date.now(), value: { startsAt, endsAt, sendWindow } });
      }
    },
    hasMailing,
  );
}

const create = creation(fc.integer({ min: -5, max: 20 }), windowArbitrary);
const provider = fc.constantFrom(...providerModes).map((mode) => command(`provider(${mode})`, async (world) => world.setMode(mode)));
/** What every run begins with: some provider, and a mailing that sends at once. */
const beginning = fc.tuple(provider, creation(fc.constant(-1), fc.constant(null)));

const simple = (verb: 'pauseMailing' | 'resumeMailing' | 'cancelMailing' | 'deleteMailing') =>
  which.map((index) =>
    command(`${verb}(${index})`, async (world) => void (await world.operations[verb](mailingAt(world, index).id)), hasMailing),
  );

const commands = fc.commands<Model, World, false>(
  [
    create,
    create,
    fc
      .tuple(which, fc.integer({ min: 0, max: 30 }))
      .map(([i, m]) => edit(`start(${i}, ${m} min)`, i, (now) => ({ startsAt: now + m * minute }))),
    fc
      .tuple(which, fc.integer({ min: 1, max: 90 }))
      .map(([i, m]) => edit(`end(${i}, ${m} min)`, i, (now) => ({ endsAt: now + m * minute }))),
    fc.tuple(which, windowArbitrary).map(([i, w]) => edit(`window(${i}, ${JSON.stringify(w)})`, i, () => ({ sendWindow: w }))),
    which.map((i) => edit(`text(${i})`, i, () => ({ text: `again ${i}` }))),
    simple('pauseMailing'),
    simple('resumeMailing'),
    simple('cancelMailing'),
    simple('deleteMailing'),
    which.map((i) =>
      command(`optOut(${i})`, async (world) => void (await world.operations.updateClient(personAt(world, i).id, { optedOut: true }, null))),
    ),
    which.map((i) => command(`deleteClient(${i})`, async (world) => void (await world.operations.deleteClient(personAt(world, i).id)))),
    fc.tuple(which, fc.constantFrom(...zones)).map(([i, timeZone]) =>
      command(`zone(${i}, ${timeZone})`, async (world) => {
        const person = personAt(world, i);
        const at = Date.now();
        await world.operations.updateClient(person.id, { timeZone }, null);
        person.zones.push({ at, since: Date.now(), value: timeZone });
      }),
    ),
    which.map((i) =>
      command(
        `retry(${i})`,
        async (world) => {
          const mailing = mailingAt(world, i);
          mailing.retriedAt.push(Date.now());
          await world.operations.retryMessages(mailing.id, ['FAILED', 'UNCONFIRMED']);
        },
        hasMailing,
      ),
    ),
    provider,
    provider,
    fc.integer({ min: 1, max: 60 }).map((m) => command(`clock(+${m} min)`, async (world) => world.moveClock(m * minute))),
    fc.integer({ min: 50, max: 800 }).map((ms) => command(`pass(${ms} ms)`, async () => delay(ms))),
    fc.integer({ min: 50, max: 800 }).map((ms) => command(`pass(${ms} ms)`, async () => delay(ms))),
  ],
  { maxCommands: 25, size: 'max' },
);

test('whatever people, the provider and the clock do, every promise holds', { timeout: 600_000 }, async () => {
  let requests = 0;
  await fc.assert(
    fc.asyncProperty(beginning, commands, async (first, steps) => {
      await using world = await openWorld(clients);
      await fc.asyncModelRun(() => ({ model: { mailings: 0 }, real: world }), [...first, ...steps]);
      await world.settleDown();
      expect(await world.verdict()).toEqual([]);
      requests += world.requests();
    }),
    { numRuns: runs, endOnFailure: true, unbiased: true, ...(seed === undefined ? {} : { seed: Number(seed) }) },
  );
  expect(requests).toBeGreaterThan(0);
});

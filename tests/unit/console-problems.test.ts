// What the overview asks an operator to look at.
import { expect, test } from 'vitest';
import type { OverviewMailingFragment } from '../../web/src/api/generated/graphql.ts';
import { problemsOf, stillSince } from '../../web/src/overview/problems-of.ts';

const now = Date.parse('2026-11-21T09:00:00Z');
const at = (hours: number): string => new Date(now + hours * 3_600_000).toISOString();

const counts = {
  total: 1_000,
  pending: 500,
  sent: 500,
  failed: 0,
  expired: 0,
  cancelled: 0,
  unconfirmed: 0,
  version: 1,
  updatedAt: at(-0.5),
};
const goesWell: OverviewMailingFragment = {
  id: '1',
  text: 'Hello',
  status: 'RUNNING',
  startsAt: at(-1),
  endsAt: at(5),
  startedAt: at(-1),
  finishedAt: null,
  ratePerSecond: null,
  version: 1,
  updatedAt: at(-1),
  sendWindow: null,
  filter: { operatorCodes: [], tags: [] },
  statistics: counts,
  progress: { ratePerSecond: 10, estimatedEndAt: at(1), willNotFit: 0 },
  timeZones: [
    { isOpen: true, opensAt: at(-1) },
    { isOpen: false, opensAt: at(1) },
  ],
};

function kindsOf(...mailings: readonly OverviewMailingFragment[]): string[] {
  return problemsOf({ mailings, provider: 'AVAILABLE', now }).map(({ kind }) => kind);
}

test('a mailing that goes well is no problem', () => {
  expect(kindsOf(goesWell)).toEqual([]);
});

test('messages that will not be in time are counted', () => {
  const late = { ...goesWell, progress: { ratePerSecond: 1, estimatedEndAt: at(5), willNotFit: 70 } };
  expect(problemsOf({ mailings: [late], provider: 'AVAILABLE', now })).toEqual([{ kind: 'willNotFit', mailing: late, count: 70 }]);
});

test('a mailing that could move and does not is stuck, unless the provider takes nothing', () => {
  const still = { ...goesWell, progress: { ratePerSecond: 0, estimatedEndAt: null, willNotFit: null } };
  expect(kindsOf(still)).toEqual(['stuck']);
  expect(problemsOf({ mailings: [still], provider: 'UNAVAILABLE', now })).toEqual([]);
});

test('a mailing stands still only after seven minutes: before, what waits may be retries, or has only just been let go on', () => {
  const still = { ...goesWell, progress: { ratePerSecond: 0, estimatedEndAt: null, willNotFit: null } };
  const minutes = (count: number): string => at(count / 60);
  expect(kindsOf({ ...still, statistics: { ...counts, updatedAt: minutes(-6.5) } })).toEqual([]);
  expect(kindsOf({ ...still, statistics: { ...counts, updatedAt: minutes(-7) } })).toEqual(['stuck']);
  // Resumed, or its window widened.
  expect(kindsOf({ ...still, updatedAt: minutes(-1) })).toEqual([]);
  // Since the first zone opened.
  const opened = (opensAt: string): OverviewMailingFragment => ({
    ...still,
    statistics: { ...counts, updatedAt: at(-12) },
    updatedAt: at(-24),
    timeZones: [
      { isOpen: true, opensAt },
      { isOpen: true, opensAt: minutes(-1) },
      { isOpen: false, opensAt: at(3) },
    ],
  });
  expect(kindsOf(opened(minutes(-1)))).toEqual([]);
  expect(kindsOf(opened(minutes(-30)))).toEqual(['stuck']);
  expect(stillSince(opened(minutes(-30)))).toBe(Date.parse(minutes(-30)));
});

test('a mailing without an estimate is not stuck while no zone is open', () => {
  const still = { ...goesWell, progress: { ratePerSecond: 0, estimatedEndAt: null, willNotFit: null } };
  expect(kindsOf({ ...still, timeZones: [{ isOpen: false, opensAt: at(1) }] })).toEqual([]);
});

test('a mailing that waits for its hours, or has only just begun, is not stuck', () => {
  expect(kindsOf({ ...goesWell, progress: { ratePerSecond: 0, estimatedEndAt: at(3), willNotFit: 0 } })).toEqual([]);
  expect(kindsOf({ ...goesWell, progress: { ratePerSecond: null, estimatedEndAt: null, willNotFit: null } })).toEqual([]);
});

test('a paused mailing is a problem in its last hour, while messages wait', () => {
  const paused = { ...goesWell, status: 'PAUSED' as const, endsAt: at(0.9) };
  expect(kindsOf(paused)).toEqual(['pausedToTheEnd']);
  expect(kindsOf({ ...paused, endsAt: at(2) })).toEqual([]);
  expect(kindsOf({ ...paused, statistics: { ...counts, pending: 0 } })).toEqual([]);
});

test('one message in twenty that fails is many, a few wrong numbers are not', () => {
  expect(kindsOf({ ...goesWell, statistics: { ...counts, sent: 380, failed: 20 } })).toEqual(['manyFailed']);
  expect(kindsOf({ ...goesWell, statistics: { ...counts, sent: 480, failed: 20 } })).toEqual([]);
  expect(kindsOf({ ...goesWell, statistics: { ...counts, sent: 1, failed: 19 } })).toEqual([]);
});

test('what ended within a day with messages unsent is shown, the older and the complete are not', () => {
  const ended = { ...goesWell, status: 'COMPLETED' as const, finishedAt: at(-2), statistics: { ...counts, pending: 0, expired: 3 } };
  expect(kindsOf(ended)).toEqual(['endedUnsent']);
  expect(kindsOf({ ...ended, finishedAt: at(-25) })).toEqual([]);
  expect(kindsOf({ ...ended, statistics: { ...counts, pending: 0, sent: 1_000 } })).toEqual([]);
});

test('the most urgent comes first', () => {
  const late = { ...goesWell, progress: { ratePerSecond: 1, estimatedEndAt: at(5), willNotFit: 70 } };
  const still = { ...goesWell, progress: { ratePerSecond: 0, estimatedEndAt: null, willNotFit: null } };
  const ended = { ...goesWell, status: 'COMPLETED' as const, finishedAt: at(-2), statistics: { ...counts, pending: 0, expired: 3 } };
  expect(kindsOf(ended, late, still)).toEqual(['stuck', 'willNotFit', 'endedUnsent']);
});

test('a few wrong numbers are no problem of a mailing that ended either, unless nothing else was in it', () => {
  const ended = { ...goesWell, status: 'COMPLETED' as const, finishedAt: at(-2) };
  expect(kindsOf({ ...ended, statistics: { ...counts, pending: 0, sent: 990, failed: 10 } })).toEqual([]);
  expect(kindsOf({ ...ended, statistics: { ...counts, pending: 0, sent: 900, failed: 100 } })).toEqual(['endedUnsent']);
  expect(kindsOf({ ...ended, statistics: { ...counts, pending: 0, sent: 0, failed: 3 } })).toEqual(['endedUnsent']);
});

import { describe, expect, test } from 'vitest';
import type { AudienceInput, AudienceRequest } from '../../src/domain/audience.ts';
import { checkAudience, toAudience } from '../../src/domain/audience.ts';

const now = Date.parse('2026-11-21T12:00Z');
const hour = 3_600_000;
const request: AudienceRequest = {
  text: null,
  filter: { operatorCodes: [], tags: [] },
  startsAt: now,
  endsAt: now + 24 * hour,
  sendWindow: null,
};

describe('what is tried', () => {
  const check = (input: Partial<AudienceInput>) => checkAudience({ startsAt: now, endsAt: now + hour, ...input }, now, ['input']);

  test('needs no text', () => {
    expect(check({})).toMatchObject({ ok: true, value: { text: null } });
    expect(check({ text: null })).toMatchObject({ ok: true, value: { text: null } });
    expect(check({ text: 'Hi' })).toMatchObject({ ok: true, value: { text: 'Hi' } });
  });

  test('is judged by the rules of a new mailing, every fault at once', () => {
    const result = check({
      text: '',
      filter: { operatorCodes: ['1'], tags: [] },
      endsAt: now - hour,
      sendWindow: { from: '9', to: '10:00' },
    });
    expect(result.ok ? [] : result.errors.map(({ code, field }) => `${code} ${field.join('.')}`)).toEqual([
      'INVALID_TEXT input.text',
      'INVALID_FILTER input.filter.operatorCodes.0',
      'INVALID_PERIOD input.endsAt',
      'INVALID_SEND_WINDOW input.sendWindow.from',
    ]);
  });
});

describe('the audience', () => {
  const zones = [
    { timeZone: 'Europe/Moscow', clients: 10, optedOut: 1 },
    { timeZone: '+03:00', clients: 20, optedOut: 0 },
    { timeZone: 'Asia/Vladivostok', clients: 5, optedOut: 2 },
    { timeZone: 'Asia/Omsk', clients: 4, optedOut: 4 },
  ];

  test('without a window is open from the start everywhere; zones of nobody but opted-out clients are left out', () => {
    expect(toAudience(zones, { ...request, startsAt: now + hour }, now)).toEqual({
      matching: 39,
      reachable: 32,
      optedOut: 7,
      outsideWindow: 0,
      timeZones: [
        { timeZone: '+03:00', clients: 20, opensAt: now + hour },
        { timeZone: 'Europe/Moscow', clients: 9, opensAt: now + hour },
        { timeZone: 'Asia/Vladivostok', clients: 3, opensAt: now + hour },
      ],
      sms: null,
    });
  });

  test('of a start in the past counts from now', () => {
    expect(toAudience(zones, { ...request, startsAt: now - hour }, now).timeZones.map(({ opensAt }) => opensAt)).toEqual([now, now, now]);
  });

  test('with a window opens zone by zone, the earliest first, and those that never open last', () => {
    // 15:00 in Moscow, 22:00 in Vladivostok.
    const audience = toAudience(zones, { ...request, endsAt: now + 4 * hour, sendWindow: { from: '16:30', to: '20:00' } }, now);
    expect(audience).toMatchObject({ matching: 39, reachable: 29, optedOut: 7, outsideWindow: 3 });
    expect(audience.timeZones.map(({ timeZone, opensAt }) => [timeZone, opensAt])).toEqual([
      ['+03:00', now + 1.5 * hour],
      ['Europe/Moscow', now + 1.5 * hour],
      ['Asia/Vladivostok', null],
    ]);
  });

  test('is multiplied by the segments of the text: for those it reaches', () => {
    expect(toAudience(zones, { ...request, text: 'я'.repeat(71) }, now).sms).toEqual({
      encoding: 'UCS_2',
      characters: 71,
      units: 71,
      segmentsPerMessage: 2,
      segmentsTotal: 64,
      outsideGsm: ['я'],
    });
  });

  test('of nobody is nobody', () => {
    expect(toAudience([], { ...request, text: 'Hi' }, now)).toMatchObject({ matching: 0, timeZones: [], sms: { segmentsTotal: 0 } });
  });
});

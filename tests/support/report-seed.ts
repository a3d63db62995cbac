// A daily report as a busy day would give it, for tests of how it looks.
import { noCounts } from '../../src/domain/daily-report.ts';
import type { DailyReport, DayCounts } from '../../src/domain/daily-report.ts';
import { boundsOfDay } from '../../src/domain/report-day.ts';

export function counts(some: Partial<DayCounts>): DayCounts {
  return { ...noCounts, ...some };
}

export function busyReport(change: Partial<DailyReport> = {}): DailyReport {
  const hours = Array.from({ length: 24 }, (_, hour) => counts({ sent: hour * 100, failed: hour === 12 ? 40 : 0 }));
  return {
    date: '2026-11-20',
    timeZone: 'Europe/Moscow',
    bounds: boundsOfDay('2026-11-20', 'Europe/Moscow'),
    mailings: { started: 2, running: 1, completed: 1, cancelled: 0 },
    listed: [
      {
        ...counts({ sent: 27_600, failed: 40 }),
        id: '7',
        text: 'Скидка <b>10 %</b>\n & "подарок"',
        state: 'RUNNING',
        startedAt: 0,
        total: 50_000,
        pending: 22_360,
      },
    ],
    unlisted: 3,
    day: counts({ created: 50_000, sent: 27_600, failed: 40 }),
    dayBefore: counts({ created: 10, sent: 13_800 }),
    hours,
    errors: [
      { code: 'HTTP_500', requests: 12, refused: 0 },
      { code: 'REJECTED', requests: 40, refused: 40 },
    ],
    ...change,
  };
}

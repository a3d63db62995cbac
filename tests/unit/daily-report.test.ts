// How a report reads: its figures, its text, its page and its chart.
import { crc32, inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { endedOf, hoursOf, sumOf } from '../../src/domain/daily-report.ts';
import { mailRetryDelayMs } from '../../src/domain/report-mail.ts';
import { boundsOfDay } from '../../src/domain/report-day.ts';
import { drawChart } from '../../src/mail/report-chart.ts';
import { toReportHtml } from '../../src/mail/report-html.ts';
import { toReportText } from '../../src/mail/report-text.ts';
import { subjectOf } from '../../src/mail/report-words.ts';
import { busyReport, counts } from '../support/report-seed.ts';

describe('the figures', () => {
  test('of an hour are those of its quarters', () => {
    const bounds = boundsOfDay('2026-11-20', 'Asia/Kolkata');
    const quarter = (minutes: number, sent: number) => ({ ...counts({ sent }), at: bounds.from + minutes * 60_000 });
    const hours = hoursOf(bounds, [quarter(0, 1), quarter(45, 2), quarter(60, 4), quarter(23 * 60 + 45, 8)]);
    expect(hours).toHaveLength(24);
    expect(hours.map(({ sent }) => sent).filter((sent) => sent > 0)).toEqual([3, 4, 8]);
  });

  test('of a day with half an hour more have a 25th hour', () => {
    expect(hoursOf(boundsOfDay('2026-04-05', 'Australia/Lord_Howe'), [])).toHaveLength(25);
  });

  test('add up, and messages that turned out to be sent are not counted as cancelled', () => {
    expect(sumOf([counts({ sent: 1, retried: 2 }), counts({ sent: 3, failed: 4 })])).toEqual(counts({ sent: 4, failed: 4, retried: 2 }));
    expect(endedOf(counts({ sent: 5, failed: 1, unconfirmed: 1, expired: 1, cancelled: -1 }))).toBe(8);
  });
});

describe('the text', () => {
  test('says what was sent, how that compares, which mailings were under way, and what went wrong, in words', () => {
    const text = toReportText(busyReport());
    expect(text).toContain('Friday 2026-11-20, midnight to midnight in Europe/Moscow');
    expect(text).toContain('Mailings: 2 started, 1 completed, 0 cancelled, 1 running');
    expect(text).toMatch(/SENT +27,600 +13,800 +\+13,800 \(\+100 %\) +accepted by the provider/);
    expect(text).toMatch(/FAILED +40 +0 +\+40 +refused by the provider/);
    expect(text).toMatch(/7 +RUNNING +27,600 +40 +0 +0 +0 +22,360 +50,000 +Скидка <b>10 %<\/b> & "подарок"/);
    expect(text).toContain('And 3 more with fewer messages');
    expect(text).toMatch(/HTTP_500 +12 +0 +The provider failed by itself\./);
  });

  test('of a day without anything says so', () => {
    const nothing = busyReport({ listed: [], unlisted: 0, errors: [], day: counts({}), dayBefore: counts({}), hours: [] });
    const text = toReportText(nothing);
    expect(text).toContain('No mailing was under way.');
    expect(text).toContain('Every request to the provider was accepted, or there were none.');
    expect(subjectOf(nothing)).toBe('Carillon, 2026-11-20: 0 sent, 1 running');
  });

  test('of a mailing cannot move the cursor of a terminal or break its line', () => {
    const [listed] = busyReport().listed;
    if (listed === undefined) throw new Error('there is one');
    const text = toReportText(busyReport({ listed: [{ ...listed, text: 'a\u001b[2Jb\nc' }] }));
    expect(text).toContain('a [2Jb c\n');
  });
});

describe('the page', () => {
  test('shows texts as they are and runs nothing of them', () => {
    const html = toReportHtml(busyReport(), 'cid:chart@carillon');
    expect(html).toContain('Скидка &#60;b&#62;10 %&#60;/b&#62; &#38; &#34;подарок&#34;');
    expect(html).not.toContain('<b>');
  });

  test('loads nothing from elsewhere', () => {
    const html = toReportHtml(busyReport(), 'cid:chart@carillon');
    expect(html.match(/(?:src|href|url)\s*[=(]\s*"?[^"\s)]+/g)).toEqual(['src="cid:chart@carillon']);
    expect(html).not.toMatch(/https?:/);
  });

  test('names the hours on the clocks of the zone, also when one is missing', () => {
    const bounds = boundsOfDay('2026-03-29', 'Europe/Berlin');
    const html = toReportHtml(busyReport({ timeZone: 'Europe/Berlin', bounds, hours: hoursOf(bounds, []) }), 'cid:x');
    const cells = [...html.matchAll(/<td style="padding:0[^>]*>(\d*)<\/td>/g)].map(([, hour]) => hour);
    // 00, 01, 03, ...
    expect(cells).toEqual(['00', '', '03', '', '', '06', '', '', '09', '', '', '12', '', '', '15', '', '', '18', '', '', '21', '', '']);
  });
});

describe('the chart', () => {
  test('is a PNG whose pieces have the right sums, with bars as high as the hours had messages', () => {
    const { width, height, pixel } = readPng(drawChart(busyReport()));
    expect([width, height]).toEqual([1_200, 320]);
    const heightOf = (hour: number): number =>
      Array.from({ length: height }, (_, y) => pixel(hour * 50 + 25, y)).filter((colour) => colour > 1).length;
    expect(heightOf(0)).toBe(0);
    expect(heightOf(23)).toBe(320);
    expect(Math.abs(heightOf(11) - (320 * 11) / 23)).toBeLessThanOrEqual(1);
    // Refusals stand on what was sent, in their own colour.
    expect(pixel(12 * 50 + 25, 319)).toBe(2);
    expect(new Set(Array.from({ length: height }, (_, y) => pixel(12 * 50 + 25, y)))).toContain(4);
  });

  test('of a day without messages has no bars', () => {
    const { width, height, pixel } = readPng(drawChart(busyReport({ hours: Array.from({ length: 24 }, () => counts({})) })));
    for (let x = 0; x < width; x += 10) for (let y = 0; y < height; y += 1) expect(pixel(x, y)).toBeLessThanOrEqual(1);
  });
});

test('a mail server that is busy is asked again soon, one that refuses an hour later', () => {
  expect([1, 2, 3, 6, 100].map((attempts) => mailRetryDelayMs(attempts, false) / 60_000)).toEqual([1, 2, 5, 30, 30]);
  expect(mailRetryDelayMs(1, true)).toBe(3_600_000);
});

/** Reads a PNG of palette indexes, and throws when it is not one. */
function readPng(file: Buffer): { readonly width: number; readonly height: number; readonly pixel: (x: number, y: number) => number } {
  expect(file.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  const chunks: { readonly type: string; readonly data: Buffer }[] = [];
  for (let at = 8; at < file.length;) {
    const size = file.readUInt32BE(at);
    const data = file.subarray(at + 8, at + 8 + size);
    expect(file.readUInt32BE(at + 8 + size)).toBe(crc32(file.subarray(at + 4, at + 8 + size)));
    chunks.push({ type: file.subarray(at + 4, at + 8).toString('latin1'), data });
    at += size + 12;
  }
  expect(chunks.map(({ type }) => type)).toEqual(['IHDR', 'PLTE', 'IDAT', 'IEND']);
  const [header, , pixels] = chunks;
  if (header === undefined || pixels === undefined) throw new Error('a piece is missing');
  const [width, height] = [header.data.readUInt32BE(0), header.data.readUInt32BE(4)];
  const rows = inflateSync(pixels.data);
  expect(rows).toHaveLength((width + 1) * height);
  return { width, height, pixel: (x, y) => rows[y * (width + 1) + 1 + x] ?? -1 };
}

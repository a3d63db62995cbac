// The hours of a day as stacked bars: a PNG, because mail programs show no SVG.
// It has no letters: what stands beside it in the mail is text that can be read aloud, searched and scaled.
import { endedOf } from '../domain/daily-report.ts';
import type { DailyReport, DayCounts } from '../domain/daily-report.ts';
import { toPng } from './png.ts';
import type { Picture } from './png.ts';

/** Colours that people who do not tell red from green tell by their lightness; the HTML's legend uses the same. */
export const chartColours = { sent: '#2b8a3e', unconfirmed: '#f59f00', failed: '#c92a2a', unsent: '#adb5bd' } as const;

const palette = ['#ffffff', '#e9ecef', ...Object.values(chartColours)];
const [background, line] = [0, 1];
const parts: readonly ((hour: DayCounts) => number)[] = [
  ({ sent }) => sent,
  ({ unconfirmed }) => unconfirmed,
  ({ failed }) => failed,
  ({ expired, cancelled }) => expired + Math.max(0, cancelled),
];

/** Twice the size it is shown in, for dense screens. Pixels. */
const WIDTH = 1_200;
const HEIGHT = 320;
export const shownSize = { width: WIDTH / 2, height: HEIGHT / 2 } as const;
const GRID_LINES = 4;
const GAP = 6;

/** The most messages that came to an end in one hour: where the highest bar reaches. */
export function peakOf({ hours }: DailyReport): number {
  return Math.max(0, ...hours.map(endedOf));
}

export function drawChart(report: DailyReport): Buffer {
  const picture: Picture = { width: WIDTH, height: HEIGHT, pixels: new Uint8Array(WIDTH * HEIGHT).fill(background) };
  for (let nth = 0; nth <= GRID_LINES; nth += 1) fill(picture, 0, Math.round((nth * (HEIGHT - 2)) / GRID_LINES), WIDTH, 2, line);
  const peak = peakOf(report);
  const slot = WIDTH / report.hours.length;
  report.hours.forEach((hour, nth) => {
    const [left, right] = [Math.round(nth * slot) + GAP, Math.round((nth + 1) * slot) - GAP];
    let below = 0;
    parts.forEach((part, colour) => {
      if (part(hour) === 0) return;
      const [bottom, top] = [heightOf(below, peak), heightOf(below + part(hour), peak)];
      // However few they are, they are seen.
      fill(picture, left, HEIGHT - Math.max(top, bottom + 2), right - left, Math.max(top - bottom, 2), colour + 2);
      below += part(hour);
    });
  });
  return toPng(picture, palette);
}

function heightOf(messages: number, peak: number): number {
  return Math.round((messages / Math.max(1, peak)) * HEIGHT);
}

function fill({ width, height, pixels }: Picture, left: number, top: number, across: number, down: number, colour: number): void {
  for (let y = Math.max(0, top); y < Math.min(height, top + down); y += 1) pixels.fill(colour, y * width + left, y * width + left + across);
}

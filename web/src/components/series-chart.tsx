// Series over time on a canvas (uPlot): thousands of points without a long task. A summary in words stands beside it for those who do not see it.
import { Box, useComputedColorScheme, useMantineTheme } from '@mantine/core';
import { useEffect, useEffectEvent, useMemo, useRef } from 'react';
import type { ReactNode } from 'react';
import uPlot from 'uplot';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';

export interface Series {
  readonly label: string;
  /** A Mantine colour with its shade, such as teal.6. */
  readonly color: string;
  /** One per time; null: not known. */
  readonly values: readonly (number | null)[];
  readonly dashed?: boolean;
}

interface Props {
  /** In words, the newest values among them: read in place of the picture. */
  readonly summary: string;
  /** Seconds since the epoch, ascending. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  /** Each series stands on the one before: areas that add up. */
  readonly stacked?: boolean;
  readonly height?: number;
}

export function SeriesChart({ summary, times, series, stacked = false, height = 200 }: Props): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const theme = useMantineTheme();
  const dark = useComputedColorScheme('light') === 'dark';
  const { number } = useFormat();
  const { i18n } = useTranslation();
  const data = useMemo(() => toData(times, series, stacked), [times, series, stacked]);
  /** What the chart is made anew for; new values alone only move it. */
  const shape = JSON.stringify([series.map(({ label, color, dashed }) => [label, color, dashed]), stacked, height, dark, i18n.language]);

  const draw = useEffectEvent((element: HTMLElement): uPlot => {
    const colors = { line: dark ? theme.colors.dark[4] : theme.colors.gray[3], text: dark ? theme.colors.dark[0] : theme.colors.gray[8] };
    const axis = { stroke: colors.text, grid: { stroke: colors.line, width: 1 }, ticks: { stroke: colors.line, width: 1 } };
    return new uPlot(
      {
        width: widthOf(element),
        height,
        legend: { show: false },
        cursor: { show: false },
        scales: { y: { range: (_, __, most) => [0, Math.max(most * 1.05, 1)] } },
        axes: [
          { ...axis, values: (_, splits) => splits.map((seconds) => timeLabel(i18n.language, seconds)) },
          { ...axis, size: 70, values: (_, splits) => splits.map((value) => number(value)) },
        ],
        series: [
          {},
          ...series.map(({ label, color, dashed }) => ({
            label,
            stroke: shade(theme.colors, color),
            width: stacked ? 1 : 2,
            ...(dashed === true && { dash: [6, 6] }),
            ...(stacked && { fill: shade(theme.colors, color) }),
            points: { show: false },
          })),
        ],
      },
      data,
      element,
    );
  });

  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const made = draw(element);
    chart.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: widthOf(element), height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [shape, height]);

  useEffect(() => chart.current?.setData(data), [data]);

  return <Box ref={place} role="img" aria-label={summary} mih={height} />;
}

function widthOf(element: HTMLElement): number {
  return Math.max(element.clientWidth, 100);
}

/** Stacked: sums from the first series on, drawn from the highest down, so that each area shows its own part. */
function toData(times: readonly number[], series: readonly Series[], stacked: boolean): uPlot.AlignedData {
  if (!stacked) return [[...times], ...series.map(({ values }) => [...values])];
  const sums = times.map(() => 0);
  const levels = series.map(({ values }) => values.map((value, index) => (sums[index] = (sums[index] ?? 0) + (value ?? 0))));
  return [[...times], ...levels];
}

function shade(colors: Readonly<Record<string, readonly string[]>>, name: string): string {
  const [color = '', index = '6'] = name.split('.');
  return colors[color]?.[Number(index)] ?? color;
}

function timeLabel(language: string, seconds: number): string {
  return new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(seconds * 1_000);
}

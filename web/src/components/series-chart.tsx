// Series over time on a canvas (uPlot): thousands of points without a long task. A summary in words stands beside it for those who do not see it.
import { Box, useComputedColorScheme, useMantineTheme } from '@mantine/core';
import { useEffect, useEffectEvent, useMemo, useRef } from 'react';
import type { ReactNode } from 'react';
import uPlot from 'uplot';
import { useTranslation } from 'react-i18next';
import { datesLanguage, useFormat } from '../i18n/use-format.ts';
import { toChartData } from './chart-data.ts';
import './series-chart.css';
import { makeTimeLabels } from './time-labels.ts';

export interface Series {
  readonly label: string;
  /** A Mantine colour with its shade, such as teal.6. */
  readonly color: string;
  /** One per time; null: not known. */
  readonly values: readonly (number | null)[];
  readonly dashed?: boolean;
  /** A value holds for the whole time since the one before, as an average does: no slope between two. */
  readonly stepped?: boolean;
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
  /** Seconds that the picture shows, the newest at its right edge; all when left out. */
  readonly span?: number;
  /** How a value is written below the picture. */
  readonly format?: (value: number) => string;
}

export function SeriesChart({ summary, times, series, stacked = false, height = 200, span, format }: Props): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const theme = useMantineTheme();
  const dark = useComputedColorScheme('light') === 'dark';
  const { number } = useFormat();
  const { t, i18n } = useTranslation();
  const data = useMemo(() => toChartData(times, series, stacked), [times, series, stacked]);
  /** What the chart is made anew for; new values alone only move it. */
  const shape = JSON.stringify([
    series.map(({ label, color, dashed, stepped }) => [label, color, dashed, stepped]),
    stacked,
    height,
    span,
    dark,
    i18n.language,
  ]);

  const written = useEffectEvent((at: number, index: number | null): string => {
    const value = index === null ? null : series[at]?.values[index];
    return value === null || value === undefined ? '–' : (format ?? number)(value);
  });

  const draw = useEffectEvent((element: HTMLElement): uPlot => {
    const colors = { line: dark ? theme.colors.dark[4] : theme.colors.gray[3], text: dark ? theme.colors.dark[0] : theme.colors.gray[8] };
    const axis = { stroke: colors.text, grid: { stroke: colors.line, width: 1 }, ticks: { stroke: colors.line, width: 1 } };
    const labels = makeTimeLabels(datesLanguage(i18n.language));
    const drawn = series.map(({ label, color, dashed, stepped }, at) => ({
      label,
      stroke: shade(theme.colors, color),
      width: stacked ? 1 : 2,
      value: (_: uPlot, __: number, ___: number, index: number | null) => written(at, index),
      ...(dashed === true && { dash: [6, 6] }),
      ...(stepped === true && pathOfSteps !== undefined && { paths: pathOfSteps }),
      ...(stacked && { fill: shade(theme.colors, color) }),
      points: { show: false },
    }));
    return new uPlot(
      {
        width: widthOf(element),
        height,
        cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
        legend: { markers: { width: 0, fill: (_, at) => shade(theme.colors, inOrder(series, stacked)[at - 1]?.color ?? '') } },
        scales: {
          x: { range: (_, least, most) => (span === undefined ? [least, Math.max(most, least + 1)] : [most - span, most]) },
          y: { range: (_, __, most) => [0, Math.max(most * 1.05, 1)] },
        },
        axes: [
          { ...axis, size: 34, space: 80, values: (_, splits, __, ___, step) => splits.map((seconds) => labels.axis(seconds, step)) },
          { ...axis, size: 75, values: (_, splits) => splits.map((value) => number(value)) },
        ],
        series: [
          {
            label: t('chart.time'),
            value: (_, seconds: number | null | undefined) => (typeof seconds === 'number' ? labels.full(seconds) : '–'),
          },
          ...inOrder(drawn, stacked),
        ],
      },
      data,
      element,
    );
  });

  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => chart.current?.setSize({ width: widthOf(element), height }));
    const make = (): void => {
      chart.current?.destroy();
      const made = draw(element);
      chart.current = made;
      showNewest(made);
      made.over.addEventListener('mouseleave', () => showNewest(made));
      observer.observe(element);
    };
    // A first chart is made in a task of its own: all of a screen in one would hold it up. One of another shape takes its place at once.
    const timer = chart.current === null ? setTimeout(make) : undefined;
    if (timer === undefined) make();
    return () => {
      clearTimeout(timer);
      observer.disconnect();
    };
  }, [shape, height]);
  useEffect(
    () => () => {
      chart.current?.destroy();
      chart.current = null;
    },
    [],
  );

  useEffect(() => {
    // With the next frame: drawing measures the page, which here, after a change of it, would be another layout in the same task.
    const frame = requestAnimationFrame(() => {
      chart.current?.setData(data);
      if (chart.current !== null) showNewest(chart.current);
    });
    return () => cancelAnimationFrame(frame);
  }, [data]);

  return <Box ref={place} role="img" aria-label={summary} mih={height + 30} className={stacked ? 'chart chart-stacked' : 'chart'} />;
}

const pathOfSteps = uPlot.paths.stepped?.({ align: -1 });

/** Below the picture stand the values under the pointer, or else the newest ones. */
function showNewest(chart: uPlot): void {
  const newest = chart.data[0].length - 1;
  if (newest >= 0 && (chart.cursor.left ?? -1) < 0) chart.setLegend({ idx: newest }, false);
}

function widthOf(element: HTMLElement): number {
  return Math.max(element.clientWidth, 100);
}

/** Areas that stand on others are drawn first, so that each one shows its own part. */
function inOrder<Entry>(entries: readonly Entry[], stacked: boolean): readonly Entry[] {
  return stacked ? entries.toReversed() : entries;
}

function shade(colors: Readonly<Record<string, readonly string[]>>, name: string): string {
  const [color = '', index = '6'] = name.split('.');
  return colors[color]?.[Number(index)] ?? color;
}

// The worker's metrics history as plot data. Missing samples stay missing: a gap is drawn as a gap.
import type { History } from '../api/types';

export type Range = '15m' | '1h' | '6h';
export const ranges: Range[] = ['15m', '1h', '6h'];
export const rangeMs: Record<Range, number> = { '15m': 900_000, '1h': 3_600_000, '6h': 21_600_000 };
export const resolutionOf = (range: Range): '1s' | '1m' => (range === '15m' ? '1s' : '1m');

export interface Line {
  label: string;
  colour: string;
  values: (number | null)[];
}
export interface PlotData {
  times: number[];
  lines: Line[];
}

/** A sink that reads for itself tells the same by names of its own. */
const alsoCalled: Record<string, string> = {
  records_per_second: 'position_per_second', bytes_per_second: 'bytes_sent_per_second', lag_records: 'lag_frames',
};

/** The samples of `name`'s `metric`; undefined when there are none. */
export function samplesOf(history: History, name: string, metric: string): (number | null)[] | undefined {
  const series = history.series[name];
  const values = series?.[metric];
  const found = values?.some((value) => value !== null) ? values : (series?.[alsoCalled[metric] ?? ''] ?? values);
  // The place of a live sink moves with the topic though nobody is shown anything.
  const viewers = metric === 'records_per_second' ? series?.['viewers'] : undefined;
  return viewers ? found?.map((value, i) => (value !== null && viewers[i] === 0 ? 0 : value)) : found;
}

/** Lag as it counts everywhere (vitals.ts): none while nobody watched. */
export function lagOf(history: History, name: string, metric: string): (number | null)[] {
  const viewers = history.series[name]?.['viewers'];
  const values = samplesOf(history, name, metric) ?? history.times.map(() => null);
  return viewers ? values.map((value, i) => (viewers[i] === 0 ? null : value)) : values;
}

/** The part of `history` that `range` ending at its newest sample covers. */
function cut(history: History, range: Range): [number, number[]] {
  const end = history.times.at(-1) ?? 0;
  const from = history.times.findIndex((time) => time > end - rangeMs[range]);
  return [Math.max(0, from), history.times.slice(Math.max(0, from))];
}

export function summed(history: History, names: string[], metric: string): (number | null)[] {
  return history.times.map((_, i) => {
    let sum: number | null = null;
    for (const name of names) {
      const value = samplesOf(history, name, metric)?.[i];
      if (typeof value === 'number') sum = (sum ?? 0) + value;
    }
    return sum;
  });
}

export function largest(history: History, names: string[], metric: string): (number | null)[] {
  return history.times.map((_, i) => {
    let max: number | null = null;
    for (const name of names) {
      const value = samplesOf(history, name, metric)?.[i];
      if (typeof value === 'number') max = max === null ? value : Math.max(max, value);
    }
    return max;
  });
}

export function throughput(history: History, sources: string[], sinks: string[], range: Range): PlotData {
  const [from, times] = cut(history, range);
  const lines: Line[] = [];
  if (sources.length > 0) lines.push({ label: 'in', colour: '--accent', values: summed(history, sources, 'records_per_second').slice(from) });
  if (sinks.length > 0) lines.push({ label: 'out', colour: '--ok', values: summed(history, sinks, 'records_per_second').slice(from) });
  return { times, lines };
}

/** A figure of some samples ago is none of now. */
const stillNow = 5;
export const nowOf = (values: (number | null)[]): number | null => values.slice(-stillNow).findLast((value) => value !== null) ?? null;
const latest = (values: (number | null)[]) => nowOf(values) ?? 0;

/** The worst consumer by name, all others as one line. */
export function lag(history: History, sinks: string[], range: Range, metric = 'lag_records'): PlotData {
  const [from, times] = cut(history, range);
  const series = sinks
    .map((name) => ({ name, values: lagOf(history, name, metric).slice(from) }))
    .filter((line) => line.values.some((value) => value !== null))
    .sort((a, b) => latest(b.values) - latest(a.values));
  const [first, ...others] = series;
  const lines: Line[] = first ? [{ label: first.name, colour: '--warn', values: first.values }] : [];
  if (others.length > 0) {
    lines.push({ label: 'others', colour: '--accent', values: largest(history, others.map((o) => o.name), metric).slice(from) });
  }
  return { times, lines };
}

export function pick(history: History, name: string, metrics: [metric: string, label: string, colour: string][], range: Range): PlotData {
  const [from, times] = cut(history, range);
  const lines = metrics
    .map(([metric, label, colour]) => {
      const values = metric.startsWith('lag_') && samplesOf(history, name, metric) ? lagOf(history, name, metric) : samplesOf(history, name, metric);
      return { label, colour, values: values?.slice(from) };
    })
    .filter((line): line is Line => line.values !== undefined);
  return { times, lines };
}

/** One sentence for who cannot see the plot. */
export function spoken(title: string, data: PlotData, unit: string): string {
  const parts = data.lines.map((line) => {
    const known = line.values.filter((value): value is number => value !== null);
    if (known.length === 0) return `${line.label}: no samples`;
    const round = (value: number) => String(Math.round(value * 10) / 10);
    const missing = line.values.length - known.length;
    const gap = missing > 0 ? `, ${missing} of ${line.values.length} samples missing` : '';
    return `${line.label}: now ${nowOf(line.values) === null ? 'none' : round(latest(line.values))}, lowest ${round(Math.min(...known))}, highest ${round(Math.max(...known))}${unit ? ` ${unit}` : ''}${gap}`;
  });
  return `${title}. ${parts.length > 0 ? parts.join('. ') : 'No samples'}.`;
}

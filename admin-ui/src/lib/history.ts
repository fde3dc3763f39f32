// The worker's metrics history as plot data. Missing samples stay missing: a gap is drawn as a gap.
import type { History, Metric } from '../api/types';
import { isLag, namedSeriesOf, seriesOf, type Meaning } from './roles';

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

/** What the class of a connector declares. */
export type DeclaredOf = (connector: string) => Metric[];

/** The first of `names` that `name` has samples of; undefined when it has none. */
export function sampledSeries(history: History, name: string, names: string[]): string | undefined {
  const kept = names.filter((each) => history.series[name]?.[each] !== undefined);
  return kept.find((each) => history.series[name]![each]!.some((value) => value !== null)) ?? kept[0];
}

/** Lag as it counts everywhere (vitals.ts): none while nobody watched. */
function onlyWatched(history: History, name: string, declared: Metric[], values: (number | null)[]): (number | null)[] {
  const viewers = history.series[name]?.[sampledSeries(history, name, seriesOf(declared, 'viewers')) ?? ''];
  return viewers ? values.map((value, i) => (viewers[i] === 0 ? null : value)) : values;
}

/** The samples of what means `of`; undefined when there are none. */
export function samplesOf(
  history: History,
  name: string,
  declared: Metric[],
  of: Meaning,
): (number | null)[] | undefined {
  const values = history.series[name]?.[sampledSeries(history, name, seriesOf(declared, of)) ?? ''];
  if (!values) return undefined;
  if (of === 'lag' || of === 'lag-seconds') return onlyWatched(history, name, declared, values);
  // The place of a live sink moves with the topic though nobody is shown anything.
  return of === 'position'
    ? onlyWatched(history, name, declared, values).map((value, i) => (value === null && values[i] !== null ? 0 : value))
    : values;
}

/** The part of `history` that `range` ending at its newest sample covers. */
function cut(history: History, range: Range): [number, number[]] {
  const end = history.times.at(-1) ?? 0;
  const from = history.times.findIndex((time) => time > end - rangeMs[range]);
  return [Math.max(0, from), history.times.slice(Math.max(0, from))];
}

export function summed(history: History, names: string[], declaredOf: DeclaredOf, of: Meaning): (number | null)[] {
  return history.times.map((_, i) => {
    let sum: number | null = null;
    for (const name of names) {
      const value = samplesOf(history, name, declaredOf(name), of)?.[i];
      if (typeof value === 'number') sum = (sum ?? 0) + value;
    }
    return sum;
  });
}

export function largest(history: History, names: string[], declaredOf: DeclaredOf, of: Meaning): (number | null)[] {
  return history.times.map((_, i) => {
    let max: number | null = null;
    for (const name of names) {
      const value = samplesOf(history, name, declaredOf(name), of)?.[i];
      if (typeof value === 'number') max = max === null ? value : Math.max(max, value);
    }
    return max;
  });
}

export function throughput(
  history: History,
  sources: string[],
  sinks: string[],
  range: Range,
  declaredOf: DeclaredOf,
): PlotData {
  const [from, times] = cut(history, range);
  const lines: Line[] = [];
  if (sources.length > 0)
    lines.push({
      label: 'in',
      colour: '--accent',
      values: summed(history, sources, declaredOf, 'position').slice(from),
    });
  if (sinks.length > 0)
    lines.push({ label: 'out', colour: '--ok', values: summed(history, sinks, declaredOf, 'position').slice(from) });
  return { times, lines };
}

/** A figure of some samples ago is none of now. */
const stillNow = 5;
export const nowOf = (values: (number | null)[]): number | null =>
  values.slice(-stillNow).findLast((value) => value !== null) ?? null;
const latest = (values: (number | null)[]) => nowOf(values) ?? 0;

/** The worst consumer by name, all others as one line. */
export function lag(
  history: History,
  sinks: string[],
  range: Range,
  declaredOf: DeclaredOf,
  of: 'lag' | 'lag-seconds' = 'lag',
): PlotData {
  const [from, times] = cut(history, range);
  const series = sinks
    .map((name) => ({ name, values: (samplesOf(history, name, declaredOf(name), of) ?? []).slice(from) }))
    .filter((line) => line.values.some((value) => value !== null))
    .sort((a, b) => latest(b.values) - latest(a.values));
  const [first, ...others] = series;
  const lines: Line[] = first ? [{ label: first.name, colour: '--warn', values: first.values }] : [];
  if (others.length > 0) {
    lines.push({
      label: 'others',
      colour: '--accent',
      values: largest(
        history,
        others.map((o) => o.name),
        declaredOf,
        of,
      ).slice(from),
    });
  }
  return { times, lines };
}

/** Series by their names, each as a line; lag that `declared` has among them only while somebody watched. */
export function pick(
  history: History,
  name: string,
  series: [series: string, label: string, colour: string][],
  range: Range,
  declared: Metric[] = [],
): PlotData {
  const [from, times] = cut(history, range);
  const lines = series
    .map(([key, label, colour]) => {
      const values = history.series[name]?.[key];
      return {
        label,
        colour,
        values: (values && isLag(declared, key) ? onlyWatched(history, name, declared, values) : values)?.slice(from),
      };
    })
    .filter((line): line is Line => line.values !== undefined);
  return { times, lines };
}

const lineColours = ['--ok', '--warn', '--info', '--accent'];

/** Everything that is declared to mean `of`, each as a line for pick(). */
export function linesOf(declared: Metric[], of: Meaning): [series: string, label: string, colour: string][] {
  return namedSeriesOf(declared, of).map(({ series, label }, i) => [
    series,
    label,
    lineColours[i % lineColours.length]!,
  ]);
}

/** The largest of now of all that `names` declare to mean `of`, and what its metric is called; null: there is none. */
export function largestNow(
  history: History,
  names: string[],
  declaredOf: DeclaredOf,
  of: Meaning,
): { value: number; label: string } | null {
  let found: { value: number; label: string } | null = null;
  for (const name of names) {
    for (const { series, label } of namedSeriesOf(declaredOf(name), of)) {
      const value = nowOf(history.series[name]?.[series] ?? []);
      // The last of those that are the same: where all take as long, a tail says more than the middle.
      if (value !== null && value >= (found?.value ?? value)) found = { value, label };
    }
  }
  return found;
}

/** What every connector has, whatever its class calls it. */
export function lineOf(
  history: History,
  name: string,
  declared: Metric[],
  of: Meaning,
  label: string,
  colour: string,
  range: Range,
): PlotData {
  const [from, times] = cut(history, range);
  const values = samplesOf(history, name, declared, of)?.slice(from);
  return { times, lines: values ? [{ label, colour, values }] : [] };
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

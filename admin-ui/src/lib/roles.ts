// What the metrics of a connector mean, as its class declares it: nothing here goes by a metric's name.
import type { Metric } from '../api/types';

type Role = NonNullable<Metric['role']>;
/** Lag is declared as a time or in records; the page reckons with each by itself. */
export type Meaning = Role | 'lag-seconds';

/** Those that are declared to mean `of`, in order. */
function meant(declared: Metric[], of: Meaning): Metric[] {
  const role = of === 'lag-seconds' ? 'lag' : of;
  return declared.filter(
    (metric) => metric.role === role && (role !== 'lag' || (metric.unit === 's') === (of === 'lag-seconds')),
  );
}

/** What a task says of it: the first that is a number. */
export function told(metrics: Record<string, unknown>, declared: Metric[], of: Meaning): number | null {
  for (const { name } of meant(declared, of)) {
    const value = metrics[name];
    if (typeof value === 'number' && Number.isFinite(value)) return value;
  }
  return null;
}

/** The first that is a text. */
export function toldText(metrics: Record<string, unknown>, declared: Metric[], of: Meaning): string | null {
  for (const { name } of meant(declared, of)) {
    const value = metrics[name];
    if (typeof value === 'string') return value;
  }
  return null;
}

/** A flag that any of them raises. */
export function isTold(metrics: Record<string, unknown>, declared: Metric[], of: Meaning): boolean {
  return meant(declared, of).some(({ name }) => metrics[name] === true);
}

/** The key of the config that says it in place of the task; empty: there is none. */
export function settingOf(declared: Metric[], of: Meaning): string {
  return meant(declared, of).find(({ setting }) => setting !== null)?.setting ?? '';
}

/** Of each that has a history: its series, and what it is called. */
export function namedSeriesOf(declared: Metric[], of: Meaning): { series: string; label: string }[] {
  return meant(declared, of).flatMap(({ series, label }) => (series === null ? [] : [{ series, label }]));
}

/** The series of the history that may have it. */
export function seriesOf(declared: Metric[], of: Meaning): string[] {
  return meant(declared, of).flatMap(({ series }) => series ?? []);
}

export function isLag(declared: Metric[], name: string): boolean {
  return declared.some((metric) => metric.role === 'lag' && (metric.name === name || metric.series === name));
}

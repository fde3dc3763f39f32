// What a probe tells of a chain: what records become of, and what the topic gets.
import type { Probe, ProbedChain, ProbedRecord } from '../api/types';
import { bytes, count, dateTime, plural } from './format';

export interface Cost {
  frame: number;
  fps: number | null;
  bytesPerSecond: number | null;
  bytesPerDay: number | null;
}

/** What the topic gets: with a chain what that lets go on, as it makes it. */
export function costOf(probe: Probe): Cost {
  const { chain } = probe;
  if (!chain || chain.records === 0) {
    return {
      frame: probe.frame_bytes,
      fps: probe.fps,
      bytesPerSecond: probe.bytes_per_second,
      bytesPerDay: probe.bytes_per_day,
    };
  }
  const fps = probe.fps === null ? null : (probe.fps * chain.go_on) / chain.records;
  const load = fps === null ? null : fps * chain.frame_bytes;
  return { frame: chain.frame_bytes, fps, bytesPerSecond: load, bytesPerDay: load === null ? null : load * 86_400 };
}

/** What becomes of the records that were tried, in a sentence. */
export function fateOf(chain: ProbedChain): string {
  const all = chain.go_on === chain.records;
  const parts = [
    all
      ? 'all go on'
      : chain.go_on === 0
        ? 'none goes on'
        : `${count(chain.go_on)} ${chain.go_on === 1 ? 'goes' : 'go'} on`,
    ...chain.left_out.map(({ by, records }) => `${count(records)} left out by ${by}`),
    ...(chain.held_back > 0 ? [`${count(chain.held_back)} held back until later ones decide`] : []),
    ...(chain.failed > 0 ? [`${count(chain.failed)} failed`] : []),
  ];
  return `Of the first ${plural(chain.records, 'record')} ${parts.join(', ')}.`;
}

export interface Change {
  name: string;
  /** Null: it has none. */
  before: string | null;
  after: string | null;
}

const keyOf = ({ key }: ProbedRecord) => (key === null ? 'null' : key === '' ? 'empty' : key);

function headersOf(record: ProbedRecord): Map<string, string> {
  const all = new Map<string, string>();
  for (const { key, value } of record.headers) all.set(key, all.has(key) ? `${all.get(key)}, ${value}` : value);
  return all;
}

/** What a chain has changed of a record, but for its value; sizes always. */
export function changesOf(before: ProbedRecord, after: ProbedRecord): Change[] {
  const sizeOf = (record: ProbedRecord) => (record.value === null ? 'null' : bytes(record.value_bytes));
  const changes: Change[] = [
    { name: 'Size', before: sizeOf(before), after: sizeOf(after) },
    { name: 'Topic', before: before.topic, after: after.topic },
    { name: 'Key', before: keyOf(before), after: keyOf(after) },
    { name: 'Time', before: dateTime(before.timestamp), after: dateTime(after.timestamp) },
  ];
  const [was, is] = [headersOf(before), headersOf(after)];
  for (const name of new Set([...was.keys(), ...is.keys()]))
    changes.push({ name, before: was.get(name) ?? null, after: is.get(name) ?? null });
  return changes.filter((change) => change.name === 'Size' || change.before !== change.after);
}

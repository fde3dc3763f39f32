// Offsets as a table: where a connector is, what that is in frames and time, and where it shall go.
import type { ConnectorType, OffsetEntry, Topic } from '../api/types';
import { parseJump } from './replay/jump';
import { clamp, extentOf, offsetAt, timeAt, type Extent } from './replay/timeline';

export interface OffsetRow {
  key: string;
  label: string;
  partition: OffsetEntry['partition'];
  offset: OffsetEntry['offset'];
  /** The number that stands for the offset; null: it has none. */
  current: number | null;
  /** Of a sink's topic partition, when it holds anything. */
  extent: Extent | null;
}

const frameKeys = ['kafka_offset', 'frame', 'position', 'offset'];

function numberIn(offset: OffsetEntry['offset']): [key: string, value: number] | null {
  for (const key of frameKeys) {
    const value = offset?.[key];
    if (typeof value === 'number') return [key, value];
    if (typeof value === 'string' && /^\d+$/.test(value)) return [key, Number(value)];
  }
  return null;
}

export function rowsOf(offsets: OffsetEntry[], type: ConnectorType, topics: Topic[]): OffsetRow[] {
  return offsets.map((entry) => {
    const { kafka_topic: topic, kafka_partition: partition } = entry.partition;
    const found =
      type === 'sink'
        ? topics.find((t) => t.name === topic)?.partitions.find((p) => p.partition === Number(partition))
        : undefined;
    const label =
      type === 'sink'
        ? `${topic} · partition ${partition}`
        : Object.entries(entry.partition)
            .map(([k, v]) => `${k} ${v}`)
            .join(', ');
    return {
      key: JSON.stringify(entry.partition),
      label,
      partition: entry.partition,
      offset: entry.offset,
      current: numberIn(entry.offset)?.[1] ?? null,
      extent: found ? extentOf(found) : null,
    };
  });
}

/** A sink that has committed nothing yet has no offsets to tell; its topics' partitions can be set all the same. */
export function missingRows(rows: OffsetRow[], topicNames: string[], topics: Topic[]): OffsetRow[] {
  const have = new Set(rows.map((row) => `${row.partition['kafka_topic']}/${row.partition['kafka_partition']}`));
  const entries: OffsetEntry[] = topics
    .filter((topic) => topicNames.includes(topic.name))
    .flatMap((topic) =>
      topic.partitions.map((p) => ({
        partition: { kafka_topic: topic.name, kafka_partition: p.partition },
        offset: null,
      })),
    );
  return rowsOf(
    entries.filter((e) => !have.has(`${e.partition['kafka_topic']}/${e.partition['kafka_partition']}`)),
    'sink',
    topics,
  );
}

export type Wanted = { entry: OffsetEntry; number: number } | { problem: string } | null;

/** What a typed text asks for; null: nothing was typed. */
export function wantedOf(row: OffsetRow, typed: string, type: ConnectorType): Wanted {
  const text = typed.trim();
  if (text === '') return null;
  if (type === 'sink') {
    if (row.extent) {
      const nextOffset = row.extent.lastOffset + 1;
      const jump = Number(text) === nextOffset ? { offset: nextOffset } : parseJump(text, row.extent);
      if ('problem' in jump) return jump;
      const number = 'offset' in jump ? jump.offset : offsetAt(row.extent, jump.time);
      return { entry: { partition: row.partition, offset: { kafka_offset: number } }, number };
    }
    if (!/^\d{1,15}$/.test(text)) return { problem: 'The topic is empty: type an offset' };
    return { entry: { partition: row.partition, offset: { kafka_offset: Number(text) } }, number: Number(text) };
  }
  const known = numberIn(row.offset);
  if (!known) return { problem: 'This offset is no number: alter it with curl' };
  if (!/^\d{1,15}$/.test(text)) return { problem: 'Type a frame number, from 0' };
  const asText = typeof row.offset?.[known[0]] === 'string';
  return {
    entry: { partition: row.partition, offset: { ...row.offset, [known[0]]: asText ? text : Number(text) } },
    number: Number(text),
  };
}

export const timeOf = (row: OffsetRow, offset: number | null): number | null =>
  row.extent && offset !== null
    ? timeAt(row.extent, clamp(offset, row.extent.firstOffset, row.extent.lastOffset))
    : null;

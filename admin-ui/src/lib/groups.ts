// Consumer groups: how far the sinks are in the topics that they read. Each has one, of Kafka Connect's name for it.
import type { OffsetEntry, Topic } from '../api/types';
import { missingRows, rowsOf, timeOf } from './offsets';

export interface GroupRow {
  key: string;
  sink: string;
  group: string;
  topic: string;
  partition: number;
  /** The next offset to be read; null: none has been committed. */
  position: number | null;
  /** What the next record gets; null: the topic is not there. */
  end: number | null;
  /** Records that are still to be read, of those that are retained; null: it is not known. */
  lag: number | null;
  /** About how old the next record is beside the newest; null: it is not known. */
  lagMs: number | null;
  /** Retention has removed what would be next. */
  lost: number;
}

export const groupOf = (sink: string) => `connect-${sink}`;

/** A row for each partition of the topics that the sink reads, those without a committed position as well. */
export function groupRows(sink: string, offsets: OffsetEntry[], topicNames: string[], topics: Topic[]): GroupRow[] {
  const told = rowsOf(offsets, 'sink', topics);
  return [...told, ...missingRows(told, topicNames, topics)].map((row) => {
    const topic = String(row.partition['kafka_topic']);
    const partition = Number(row.partition['kafka_partition']);
    const held = topics.find((each) => each.name === topic)?.partitions.find((each) => each.partition === partition);
    const position = row.current;
    const next = held && Math.max(position ?? held.first_offset, held.first_offset);
    const lag = held && next !== undefined ? Math.max(0, held.end_offset - next) : null;
    const time = next !== undefined && lag ? timeOf(row, next) : null;
    return {
      key: `${sink}/${topic}/${partition}`,
      sink,
      group: groupOf(sink),
      topic,
      partition,
      position,
      end: held?.end_offset ?? null,
      lag,
      lagMs:
        lag === 0 ? 0 : time !== null && held?.last_timestamp != null ? Math.max(0, held.last_timestamp - time) : null,
      lost: held && position !== null ? Math.max(0, held.first_offset - position) : 0,
    };
  });
}

/** Those that are furthest behind first. */
export const byLag = (rows: GroupRow[]) =>
  rows.toSorted((a, b) => (b.lag ?? -1) - (a.lag ?? -1) || a.key.localeCompare(b.key));

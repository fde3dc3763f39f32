import { expect, test } from 'vitest';
import type { Topic } from '../api/types';
import { byLag, groupRows } from './groups';

const topic = (name: string, ...ends: [first: number, end: number][]): Topic => ({
  name,
  bytes: 0,
  config: {},
  sources: [],
  sinks: [],
  partitions: ends.map(([first_offset, end_offset], partition) => ({
    partition,
    first_offset,
    end_offset,
    first_timestamp: 0,
    last_timestamp: (end_offset - first_offset - 1) * 1000,
  })),
});
const at = (kafka_topic: string, kafka_partition: number, kafka_offset: number) => ({
  partition: { kafka_topic, kafka_partition },
  offset: { kafka_offset },
});

test('a group is as far behind as there are records from its position on', () => {
  const [row] = groupRows('view', [at('yard', 0, 91)], ['yard'], [topic('yard', [0, 101])]);
  expect(row).toMatchObject({ group: 'connect-view', topic: 'yard', partition: 0, position: 91, end: 101, lag: 10 });
  expect(row!.lagMs).toBeCloseTo(9000);
});

test('one that has read all is not behind, and of an empty topic neither', () => {
  expect(groupRows('view', [at('yard', 0, 5)], [], [topic('yard', [0, 5])])[0]).toMatchObject({ lag: 0, lagMs: 0 });
  expect(groupRows('view', [at('yard', 0, 5)], [], [topic('yard', [5, 5])])[0]).toMatchObject({ lag: 0, lost: 0 });
});

test('what retention has removed is no lag, and is said', () => {
  expect(groupRows('view', [at('yard', 0, 10)], [], [topic('yard', [40, 100])])[0]).toMatchObject({
    lag: 60,
    lost: 30,
  });
});

test('a partition without a committed position begins at its first record', () => {
  const rows = groupRows('view', [at('yard', 0, 10)], ['yard', 'none'], [topic('yard', [0, 10], [2, 9])]);
  expect(rows.map((row) => [row.partition, row.position, row.lag])).toEqual([
    [0, 10, 0],
    [1, null, 7],
  ]);
});

test('of a topic that is gone only the position is known', () => {
  expect(groupRows('view', [at('gone', 3, 10)], [], [])[0]).toMatchObject({
    end: null,
    lag: null,
    lagMs: null,
    lost: 0,
  });
});

test('who is furthest behind is first, and who is not known last', () => {
  const rows = groupRows(
    'view',
    [at('a', 0, 0), at('gone', 0, 1)],
    ['a', 'b'],
    [topic('a', [0, 5]), topic('b', [0, 9])],
  );
  expect(byLag(rows).map((row) => row.topic)).toEqual(['b', 'a', 'gone']);
});

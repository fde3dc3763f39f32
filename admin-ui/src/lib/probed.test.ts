import { describe, expect, test } from 'vitest';
import type { Probe, ProbedChain, ProbedRecord } from '../api/types';
import { changesOf, costOf, fateOf } from './probe';

const chain = (more: Partial<ProbedChain> = {}): ProbedChain => ({
  records: 30,
  go_on: 30,
  held_back: 0,
  failed: 0,
  left_out: [],
  frame_bytes: 50,
  problems: [],
  steps: [],
  ...more,
});
const probe = (of: ProbedChain | null): Probe => ({
  frames: 30,
  content_type: 'image/jpeg',
  width: null,
  height: null,
  first_frame: '',
  frame_bytes: 100,
  fps: 30,
  bytes_per_second: 3000,
  bytes_per_day: 3000 * 86_400,
  metrics: {},
  messages: [],
  facts: {},
  chain: of,
});
const record = (more: Partial<ProbedRecord> = {}): ProbedRecord => ({
  topic: 't',
  key: null,
  value: 'aGk=',
  value_bytes: 2,
  content_type: '',
  shows: true,
  facts: {},
  headers: [],
  timestamp: 0,
  ...more,
});

describe('a probed chain', () => {
  test('costs what it lets go on, as it makes it', () => {
    expect(costOf(probe(null))).toEqual({ frame: 100, fps: 30, bytesPerSecond: 3000, bytesPerDay: 3000 * 86_400 });
    expect(costOf(probe(chain({ go_on: 3 })))).toEqual({
      frame: 50,
      fps: 3,
      bytesPerSecond: 150,
      bytesPerDay: 150 * 86_400,
    });
    expect(costOf({ ...probe(chain()), fps: null }).bytesPerDay).toBeNull();
    expect(costOf(probe(chain({ records: 0, go_on: 0 }))).frame).toBe(100);
  });

  test('tells what becomes of records', () => {
    expect(fateOf(chain())).toBe('Of the first 30 records all go on.');
    expect(fateOf(chain({ records: 1, go_on: 1 }))).toBe('Of the first 1 record all go on.');
    expect(fateOf(chain({ go_on: 1, left_out: [{ by: 'transforms.a (Filter)', records: 29 }] }))).toBe(
      'Of the first 30 records 1 goes on, 29 left out by transforms.a (Filter).',
    );
    expect(fateOf(chain({ go_on: 0, held_back: 4, failed: 26 }))).toBe(
      'Of the first 30 records none goes on, 4 held back until later ones decide, 26 failed.',
    );
  });

  test('shows what it has changed and nothing else', () => {
    expect(changesOf(record(), record())).toEqual([{ name: 'Size', before: '2 B', after: '2 B' }]);
    const after = record({
      topic: 'u',
      key: '',
      value: null,
      value_bytes: 0,
      headers: [
        { key: 'site', value: 'a' },
        { key: 'site', value: 'b' },
      ],
    });
    expect(changesOf(record({ headers: [{ key: 'old', value: 'x' }] }), after)).toEqual([
      { name: 'Size', before: '2 B', after: 'null' },
      { name: 'Topic', before: 't', after: 'u' },
      { name: 'Key', before: 'null', after: 'empty' },
      { name: 'old', before: 'x', after: null },
      { name: 'site', before: null, after: 'a, b' },
    ]);
  });
});

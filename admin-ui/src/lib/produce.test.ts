import { expect, test } from 'vitest';
import type { TopicRecord } from '../api/types';
import { draftOf, emptyDraft, recordOf, wrongOf } from './produce';

const record = (more: Partial<TopicRecord>): TopicRecord => ({
  partition: 2,
  offset: 1,
  timestamp: 2,
  key: 'door',
  value: btoa('open'),
  value_bytes: 4,
  headers: [{ key: 'by', value: 'hand' }],
  ...more,
});

test('a record that is shown is sent again as it was', () => {
  const { draft, lost } = draftOf(record({}));
  expect(lost).toEqual([]);
  expect(recordOf(draft)).toEqual({
    record: { value: 'open', key: 'door', headers: [{ key: 'by', value: 'hand' }], partition: 2 },
    wrong: {},
  });
  // A tombstone with an empty key is not one without a key.
  expect(recordOf(draftOf(record({ key: '', value: null, value_bytes: 0 })).draft).record).toMatchObject({
    key: '',
    value: null,
  });
  expect(recordOf(draftOf(record({ key: null, headers: [] })).draft).record).toEqual({ value: 'open', partition: 2 });
});

test('bytes are sent again as they are, and JSON is not written anew', () => {
  const bytes = btoa('\u00ff\u0000');
  expect(recordOf(draftOf(record({ value: bytes, value_bytes: 2 })).draft).record.value).toEqual({ base64: bytes });
  const lines = btoa('a\r\nb');
  expect(recordOf(draftOf(record({ value: lines, value_bytes: 4 })).draft).record.value).toEqual({ base64: lines });
  const json = '{"b": 1.10, "a": 2}';
  expect(recordOf(draftOf(record({ value: btoa(json), value_bytes: json.length })).draft).record.value).toBe(json);
});

test('what cannot be said as it was is named, and not sent', () => {
  const { draft, lost } = draftOf(
    record({
      key: 'a\ufffd',
      headers: [
        { key: 'bin', value: '\ufffd' },
        { key: 'long', value: 'x'.repeat(4000) },
        { key: 'by', value: 'hand' },
      ],
      value_bytes: 1_000_000,
      value: btoa('\u0000'.repeat(1024)),
    }),
  );
  expect(lost).toEqual(['its key', 'header bin', 'header long', 'its value']);
  expect(recordOf(draft).record).toEqual({ value: '', headers: [{ key: 'by', value: 'hand' }], partition: 2 });
});

test('what is typed is sent as what it is meant to be', () => {
  const draft = emptyDraft();
  expect(recordOf(draft).record).toEqual({ value: '' });
  draft.value = { form: 'json', text: ' {"a": 12345678901234567890} ' };
  draft.key = { form: 'base64', text: 'AA\n==' };
  draft.syncPoint = 'here';
  expect(recordOf(draft).record).toEqual({
    value: ' {"a": 12345678901234567890} ',
    key: { base64: 'AA==' },
    sync_point: 'here',
  });
  draft.value.text = '{';
  expect(recordOf(draft).wrong['value']).toMatch(/^is no JSON/);
});

test('problems stand at their fields', () => {
  expect(
    wrongOf([
      { field: 'value.base64', message: 'is no base64' },
      { field: 'headers[1].key', message: 'must not be empty' },
      { field: 'headers[1].value', message: 'is odd' },
      { field: 'topic', message: 'is kept by Kafka' },
      { message: 'The disk is full' },
    ]),
  ).toEqual({
    value: 'is no base64',
    'headers.1': 'must not be empty; is odd',
    '': 'topic is kept by Kafka; The disk is full',
  });
});

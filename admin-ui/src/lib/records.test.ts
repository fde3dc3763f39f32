import { expect, test } from 'vitest';
import type { TopicRecord } from '../api/types';
import {
  contentTypeOf,
  hexOf,
  jsonOf,
  lookOf,
  previewOf,
  queryOf,
  searchOf,
  timeIn,
  viewsOf,
  type Look,
} from './records';

const record = (value: string | null, contentType = '', bytes = value?.length ?? 0): TopicRecord => ({
  partition: 0,
  offset: 1,
  timestamp: 2,
  key: null,
  value: value === null ? null : btoa(value),
  value_bytes: bytes,
  headers: contentType ? [{ key: 'content-type', value: contentType }] : [],
});

test('a look comes back out of the URL that it has made', () => {
  const looks: Look[] = [
    { partition: 0, place: 'newest', at: null, key: null },
    { partition: 3, place: 'newest', at: 70, key: 'door' },
    { partition: 0, place: 'offset', at: 0, key: '' },
    { partition: 1, place: 'time', at: 1_700_000_000_000, key: null },
  ];
  for (const look of looks) {
    const query = Object.fromEntries(Object.entries(queryOf(look)).filter(([, value]) => value !== undefined));
    // An empty key does not stand in a URL of the page.
    if (query['key'] === '') delete query['key'];
    expect(lookOf(query as Record<string, string>)).toEqual(look);
  }
});

test('what a URL says wrong is the newest of partition 0', () => {
  for (const wrong of ['-1', 'x', '1.5', '1e3', '']) {
    expect(lookOf({ offset: wrong, time: wrong, partition: wrong, before: wrong })).toEqual({
      partition: 0,
      place: 'newest',
      at: null,
      key: null,
    });
  }
});

test('the worker is asked for a place, a key and a partition', () => {
  expect(searchOf({ partition: 2, place: 'offset', at: 5, key: 'a b' }, { limit: '1' })).toBe(
    'partition=2&offset=5&key=a+b&limit=1',
  );
  expect(searchOf({ partition: 0, place: 'newest', at: null, key: '' })).toBe('partition=0&key=');
});

test('a time that is none is not asked for', () => {
  expect(timeIn('2026-01-02T03:04:05.678Z')).toBe(Date.UTC(2026, 0, 2, 3, 4, 5, 678));
  expect(timeIn('yesterday')).toBeNull();
  expect(timeIn('')).toBeNull();
  expect(timeIn('1901-01-01T00:00')).toBeNull();
});

test('a value is shown as what it is, and as bytes always', () => {
  expect(viewsOf(record('{"a":1}'))).toEqual(['json', 'text', 'hex']);
  expect(viewsOf(record('{"a":'))).toEqual(['text', 'hex']);
  expect(viewsOf(record('12'))).toEqual(['text', 'hex']);
  expect(viewsOf(record('\u0000\u0001'))).toEqual(['hex']);
  expect(viewsOf(record('abc', 'image/png'))).toEqual(['picture', 'hex']);
  expect(viewsOf(record('abc', 'image/png', 10))).toEqual(['text', 'hex']);
  expect(viewsOf(record(null))).toEqual([]);
});

test('JSON is indented', () => {
  expect(jsonOf(' {"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}');
  expect(jsonOf('"a"')).toBeNull();
});

test('bytes stand in rows of sixteen', () => {
  expect(hexOf(btoa('0123456789abcdef\u0000z'))).toBe(
    '000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef\n' +
      `000010  00 7a${' '.repeat(42)}  .z`,
  );
  expect(hexOf('')).toBe('');
  expect(hexOf(btoa('x'.repeat(100)), 16).split('\n')).toHaveLength(1);
});

test('a line of the table says what a value is', () => {
  expect(previewOf(record(null))).toBe('null (a tombstone)');
  expect(previewOf(record(''))).toBe('empty');
  expect(previewOf(record('a\n  b'))).toBe('a b');
  expect(previewOf(record('\u00ff\u0000', 'image/jpeg', 9000))).toBe('image/jpeg');
  expect(previewOf(record('\u00ff\u0000'))).toBe('bytes');
});

test('a picture without a content type is known by its first bytes', () => {
  expect(contentTypeOf(record('\u00ff\u00d8\u00ff\u00e0more'))).toBe('image/jpeg');
  expect(contentTypeOf(record('\u0089PNG\r\n\u001a\nmore'))).toBe('image/png');
  expect(contentTypeOf(record('RIFF1234WEBPVP8 '))).toBe('image/webp');
  expect(contentTypeOf(record('RIFF1234WAVEfmt '))).toBe('');
  expect(contentTypeOf(record('\u00ff\u00d8\u00ff', 'text/plain'))).toBe('text/plain');
  for (const short of ['', 'x', '\u00ff\u00d8']) expect(contentTypeOf(record(short))).toBe('');
  expect(contentTypeOf(record(null))).toBe('');
});

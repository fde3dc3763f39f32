import { describe, expect, test } from 'vitest';
import type { DeadLetter, DeadLetterReason, DeadLetters } from '../api/types';
import { sendBackConfig, sendersOf, shapeOfLetter, sharersOf, targetsOf, titleOf } from './deadletters';
import { connector } from './fixtures';

const reason = (more: Partial<DeadLetterReason> = {}): DeadLetterReason => ({
  named: true,
  topic: 'numbers',
  stage: 'TRANSFORMATION',
  class: 'Cast',
  exception: 'DataException',
  message: 'no int8',
  messages_differ: false,
  letters: 3,
  without_value: 0,
  first_timestamp: 1,
  last_timestamp: 2,
  ...more,
});
const report = (reasons: DeadLetterReason[], more: Partial<DeadLetters> = {}): DeadLetters => ({
  topic: 'dead',
  exists: true,
  records: 3,
  looked_at: 3,
  complete: true,
  own: 3,
  others: 0,
  unnamed: 0,
  reasons,
  in_further_reasons: 0,
  letters: [],
  ...more,
});
const letter = (value: string | null, more: Partial<DeadLetter> = {}): DeadLetter => ({
  reason: 0,
  partition: 0,
  offset: 0,
  timestamp: 0,
  key: null,
  value: value === null ? null : btoa(value),
  value_bytes: value?.length ?? 0,
  headers: [],
  ...more,
});
const sink = (config: Record<string, string> = {}, name = 'view') =>
  connector(name, 'sink', {
    config: { topics: 'numbers', 'errors.deadletterqueue.topic.name': 'dead', ...config },
  });

describe('dead letters', () => {
  test('go back to where they came from, most of them first', () => {
    const told = report([reason(), reason({ topic: 'a', letters: 9, without_value: 2 }), reason({ message: 'x' })]);
    expect(targetsOf(told, sink().info)).toEqual([
      { topic: 'a', letters: 9, withoutValue: 2 },
      { topic: 'numbers', letters: 6, withoutValue: 0 },
    ]);
  });

  test('that say nothing go back where only one topic can be meant', () => {
    const silent = report([reason({ named: false, topic: '' })], { own: 0, unnamed: 3 });
    expect(targetsOf(silent, sink().info).map((target) => target.topic)).toEqual(['numbers']);
    expect(targetsOf(silent, sink({ topics: 'numbers,more' }).info)).toEqual([]);
    expect(targetsOf({ ...silent, others: 1 }, sink().info)).toEqual([]);
  });

  test('never go back into their own topic', () => {
    expect(targetsOf(report([reason({ topic: 'dead' })]), sink({ topics: 'dead' }).info)).toEqual([]);
  });

  test('of one connector and one topic go back without a filter for them', () => {
    const config = sendBackConfig(report([reason()]), sink().info, 'numbers', false);
    expect(config['connector.class']).toBe('TopicSource');
    expect(config['source.topics']).toBe('dead');
    expect(config['topic']).toBe('numbers');
    expect(config['transforms']).toBe('whole,clean');
    expect(config['transforms.clean.headers']?.split(',')).toHaveLength(10);
  });

  test('of several connectors and topics go back each to its own', () => {
    const name = 'a.b${env:HOME}';
    const shared = sendBackConfig(report([reason(), reason({ topic: 'other' })]), sink({}, name).info, 'numbers', true);
    expect(shared['transforms']).toBe('whole,own,from,clean');
    expect(shared['transforms.own.negate']).toBe('true');
    expect(shared['predicates.own.pattern']).toBe(String.raw`a\.b\$\{env:HOME\}`);
    expect(shared['predicates.from.pattern']).toBe('numbers');
    const unknown = sendBackConfig(report([reason()], { complete: false }), sink().info, 'numbers', false);
    expect(unknown['transforms']).toBe('whole,own,from,clean');
    const later = sendBackConfig(report([reason()]), sink({ topics: 'numbers,more' }).info, 'numbers', false);
    expect(later['transforms']).toBe('whole,from,clean');
  });

  test('are shown as what they are', () => {
    expect(shapeOfLetter(letter(null))).toEqual({ kind: 'null' });
    expect(shapeOfLetter(letter(''))).toEqual({ kind: 'text', text: '', cut: false });
    expect(shapeOfLetter(letter('<b>hi</b>'))).toEqual({ kind: 'text', text: '<b>hi</b>', cut: false });
    expect(shapeOfLetter(letter('\u00ff\u00fe'))).toEqual({ kind: 'bytes' });
    expect(shapeOfLetter(letter('a\u0000'))).toEqual({ kind: 'bytes' });
    expect(shapeOfLetter(letter('gr\u00c3', { value_bytes: 900 }))).toEqual({ kind: 'text', text: 'gr', cut: true });
  });

  test('are pictures only by a content type that is one, and whole', () => {
    const typed = (type: string, more = {}) =>
      shapeOfLetter(letter('x', { headers: [{ key: 'content-type', value: type }], ...more }));
    expect(typed('image/JPEG')).toEqual({ kind: 'image', src: `data:image/jpeg;base64,${btoa('x')}` });
    expect(typed('image/svg+xml').kind).toBe('text');
    expect(typed('image/png;base64,AAAA" onerror="x').kind).toBe('text');
    expect(typed('image/png', { value_bytes: 9 }).kind).toBe('text');
  });

  test('are told by their message, else by what else they say', () => {
    expect(titleOf(reason())).toBe('no int8');
    expect(titleOf(reason({ message: '' }))).toBe('DataException');
    expect(titleOf(reason({ message: '', exception: '' }))).toBe('A transform failed');
    expect(titleOf(reason({ message: '', exception: '', stage: '' }))).toBe('It does not say why');
  });

  test('are found with who writes them and who sends them back', () => {
    const back = connector('back', 'source', { config: { 'source.topics': 'x, dead', topic: 'numbers' } });
    const all = { view: sink(), two: sink({}, 'two'), other: connector('other', 'sink'), back };
    expect(sharersOf('dead', all)).toEqual(['two', 'view']);
    expect(sendersOf('dead', 'numbers', all)).toEqual(['back']);
    expect(sendersOf('dead', 'else', all)).toEqual([]);
  });
});

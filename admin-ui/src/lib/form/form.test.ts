import { describe, expect, it } from 'vitest';
import { definition, validation } from '../fixtures';
import { fromJson, otherKeys, secretKeys, secretMark, shown, toJson, withValue } from './config';
import { blanked, curl } from './curl';
import { diff, merge } from './diff';
import { withoutSecrets } from './draft';
import { problemsOf, problemsOfRefusal, quickFixes } from './errors';
import { markOf, sectionsOf, splitHelp } from './model';
import { fromProperties, toProperties } from './properties';

const password = definition('http.password', { type: 'PASSWORD' });
const secrets = secretKeys([password]);

describe('form and JSON', () => {
  it('keeps keys that no definition knows over a round trip', () => {
    const before = { name: 'cam', 'x.unknown': 'kept', file: '/a b.mp4', zzz: '' };
    const parsed = fromJson(toJson(before, secrets), before, secrets);
    expect(parsed).toEqual({ config: before });
    expect(otherKeys(before, [definition('name'), definition('file')])).toEqual(['x.unknown', 'zzz']);
  });
  it('never shows a secret, and keeps it when its mark comes back', () => {
    const before = { 'http.password': 'hunter2', topic: 't' };
    const text = toJson(before, secrets);
    expect(text).not.toContain('hunter2');
    expect(fromJson(text.replace('"t"', '"u"'), before, secrets)).toEqual({
      config: { 'http.password': 'hunter2', topic: 'u' },
    });
  });
  it('shows a reference to a secret as it is', () => {
    expect(shown({ 'http.password': '${file:/run/secret:p}' }, secrets)['http.password']).toBe('${file:/run/secret:p}');
    expect(shown({ 'http.password': 'x' }, secrets)['http.password']).toBe(secretMark);
  });
  it('takes numbers, booleans and the body of a POST', () => {
    expect(fromJson('{"name":"a","config":{"fps":30,"loop":true,"gone":null}}', {}, secrets)).toEqual({
      config: { name: 'a', fps: '30', loop: 'true' },
    });
  });
  it('says what is wrong with text that is no configuration', () => {
    expect(fromJson('{', {}, secrets)).toHaveProperty('problem');
    expect(fromJson('[1]', {}, secrets)).toHaveProperty('problem');
    expect(fromJson('{"a":{}}', {}, secrets)).toEqual({ problem: '"a" must be a text, a number or a boolean' });
  });
  it('unsets a key without disturbing the others', () => {
    expect(withValue({ a: '1', b: '2' }, 'a', undefined)).toEqual({ b: '2' });
    expect(Object.keys(withValue({ a: '1', b: '2' }, 'a', '3'))).toEqual(['a', 'b']);
  });
  it('keeps no secret in a draft', () => {
    expect(withoutSecrets({ 'http.password': 'x', topic: 't' }, secrets)).toEqual({ topic: 't' });
  });
});

describe('.properties', () => {
  it('comes back as it went', () => {
    const config = { 'a key': 'x=y', path: 'C:\\video\nnext', lead: ' space', 'k:e=y': '' };
    expect(fromProperties(toProperties(config))).toEqual(config);
  });
  it('reads what connect-standalone reads', () => {
    const text = '# comment\n! other\nname = cam\ntopics:a,\\\n   b\nunicode=\\u00e9\nempty=\n';
    expect(fromProperties(text)).toEqual({ name: 'cam', topics: 'a,b', unicode: 'é', empty: '' });
  });
});

describe('curl', () => {
  it('quotes for a shell, whatever is in the value', () => {
    const line = curl({ method: 'PUT', path: '/connectors/a/config', body: { file: "it's.mp4" } }, 'http://h:1');
    expect(line).toContain("curl -X PUT 'http://h:1/connectors/a/config'");
    expect(line).toContain(`"file": "it'\\''s.mp4"`);
  });
  it('leaves a blank for a secret', () => {
    expect(blanked({ 'http.password': 'x', a: 'b' }, secrets)).toEqual({ 'http.password': '<http.password>', a: 'b' });
  });
});

describe('diff', () => {
  it('tells added, changed and removed keys with the default behind them', () => {
    const changes = diff({ a: '1', b: '2' }, { b: '3', c: '4' }, [definition('a', { default_value: '9' })]);
    expect(changes.map((c) => [c.key, c.kind, c.before, c.after, c.fallback])).toEqual([
      ['a', 'removed', '1', null, '9'],
      ['b', 'changed', '2', '3', null],
      ['c', 'added', null, '4', null],
    ]);
  });
  it('merges what only one side changed and asks about the rest', () => {
    const merged = merge({ a: '1', b: '1', c: '1' }, { a: '2', b: '2', c: '1' }, { a: '1', b: '3', c: '4', d: '5' });
    expect(merged.merged).toEqual({ a: '2', b: '2', c: '4', d: '5' });
    expect(merged.conflicts).toEqual([{ key: 'b', base: '1', mine: '2', theirs: '3' }]);
  });
  it('sees no conflict where both did the same', () => {
    expect(merge({ a: '1' }, { a: '2' }, { a: '2' }).conflicts).toEqual([]);
  });
});

describe('errors', () => {
  it('go to their field, as a sentence', () => {
    const report = validation([definition('jpeg.quality')], {
      'jpeg.quality': ['must be a whole number between 1 and 100, but is "400"'],
    });
    const told = {
      ...report,
      problems: [
        {
          kind: 'out-of-range',
          field: 'jpeg.quality',
          message: 'must be at most 100',
          facts: { min: 1, max: 100, value: '400' },
        },
      ],
    };
    expect(problemsOf(told)).toEqual([
      {
        field: 'jpeg.quality',
        kind: 'out-of-range',
        message: 'Must be at most 100.',
        facts: { min: 1, max: 100, value: '400' },
      },
    ]);
    // Of a worker that tells no problems.
    expect(problemsOf(report)).toEqual([
      {
        field: 'jpeg.quality',
        kind: '',
        message: 'Must be a whole number between 1 and 100, but is "400".',
        facts: {},
      },
    ]);
  });
  it('of a refusal go to theirs, and those without one are not swallowed', () => {
    const problems = [
      { kind: 'file-not-found', field: 'file', message: 'there is no file /x.mp4' },
      { kind: 'disk-full', message: 'the disk is full' },
    ];
    expect(problemsOfRefusal({ message: 'both', problems }).map(({ field, message }) => ({ field, message }))).toEqual([
      { field: 'file', message: 'There is no file /x.mp4.' },
      { field: null, message: 'The disk is full.' },
    ]);
    expect(problemsOfRefusal({ message: 'it is full', problems: [] })).toMatchObject([
      { field: null, message: 'It is full.' },
    ]);
  });
  const range = (value: string, facts: Record<string, number>) => ({
    kind: 'out-of-range',
    facts: { value, ...facts },
  });
  it('offer the nearest end of a range and the default', () => {
    expect(quickFixes(range('400', { min: 1, max: 100 }), [], '80')).toEqual([
      { label: 'Use 100', value: '100' },
      { label: 'Back to default 80', value: undefined },
    ]);
    expect(quickFixes(range('-3', { min: 1, max: 100 }), [], null)[0]).toEqual({ label: 'Use 1', value: '1' });
    expect(quickFixes(range('0', { min: 1 }), [], null)[0]?.value).toBe('1');
    expect(quickFixes({ kind: 'wrong-type', facts: { value: '8o', min: 1, max: 100 } }, [], null)[0]?.value).toBe(
      '100',
    );
  });
  it('offer the choices', () => {
    expect(
      quickFixes({ kind: 'not-allowed', facts: { value: 'gif' } }, ['auto', 'jpeg', 'png'], 'auto').map(
        (fix) => fix.value,
      ),
    ).toEqual(['auto', 'jpeg', 'png']);
    expect(
      quickFixes({ kind: 'wrong-type', facts: { value: 'maybe' } }, ['true', 'false'], null).map((fix) => fix.value),
    ).toEqual(['true', 'false']);
  });
  it('offer nothing by their words', () => {
    expect(quickFixes({ kind: 'own', facts: {} }, ['a'], null)).toEqual([]);
  });
});

describe('a generated form', () => {
  const definitions = [
    definition('name', { required: true, default_value: null, group: 'Common' }),
    definition('connector.class', { required: true, default_value: null, group: 'Common' }),
    definition('tasks.max', { type: 'INT', default_value: '1', group: 'Common', importance: 'HIGH' }),
    definition('key.converter', { group: 'Common', importance: 'LOW' }),
    definition('errors.tolerance', { group: 'Error Handling' }),
    definition('width', { group: 'Video', type: 'INT', order_in_group: 1 }),
    definition('file', { group: 'Video', required: true, default_value: null, order_in_group: 2, width: 'LONG' }),
    definition('loop', { group: 'Video', type: 'BOOLEAN', order_in_group: 3 }),
    definition('format', { group: 'Video', order_in_group: 4 }),
    definition('rare', { group: 'Video', importance: 'LOW' }),
  ];
  const report = validation(definitions, {}, { format: ['auto', 'jpeg'], 'errors.tolerance': ['none', 'all'] });
  const sections = sectionsOf(report, {});

  it("puts the connector's own groups first and required fields before the rest", () => {
    expect(sections.map((s) => s.title)).toEqual(['Video', 'Common', 'Advanced']);
    expect(sections[0]!.fields.map((f) => f.key)).toEqual(['file', 'width', 'loop', 'format']);
  });
  it('tucks LOW fields and unset common ones away', () => {
    expect(sections[2]!.fields.map((f) => f.key).sort()).toEqual(['errors.tolerance', 'key.converter', 'rare']);
  });
  it('loses no field but those it frames itself', () => {
    const all = sections.flatMap((s) => s.fields.map((f) => f.key)).sort();
    expect(all).toEqual(
      definitions
        .map((d) => d.name)
        .filter((n) => n !== 'name' && n !== 'connector.class')
        .sort(),
    );
  });
  it('chooses widgets by type and by choices', () => {
    const widget = (key: string) => sections.flatMap((s) => s.fields).find((f) => f.key === key)?.widget;
    expect([widget('width'), widget('loop'), widget('format'), widget('file')]).toEqual([
      'number',
      'switch',
      'segments',
      'text',
    ]);
    const many = sectionsOf(validation([definition('c')], {}, { c: ['a', 'b', 'c', 'd'] }), {});
    expect(many[0]!.fields[0]!.widget).toBe('choice');
  });
  it('marks a section by its worst field', () => {
    expect(markOf(sections[0]!, {}, new Set(['file']))).toEqual({ kind: 'errors', count: 1 });
    expect(markOf(sections[0]!, { file: '/a' }, new Set())).toEqual({ kind: 'good' });
    expect(markOf(sections[0]!, {}, new Set())).toEqual({ kind: 'defaults' });
  });
  it('shows a sentence of help and keeps the rest', () => {
    const long =
      'The quality of the JPEGs that are made: higher is better and larger. Has no part in pictures that pass through.';
    expect(splitHelp(long)).toEqual([
      'The quality of the JPEGs that are made: higher is better and larger.',
      'Has no part in pictures that pass through.',
    ]);
    expect(splitHelp('Short. Text.')).toEqual(['Short. Text.', '']);
  });
});

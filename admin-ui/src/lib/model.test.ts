import { describe, expect, it } from 'vitest';
import { choicesFor, restartChoices } from './choices';
import { found } from './commands';
import { activityOf, eventWords } from './events';
import type { Problem } from '../api/types';
import { explain, problemsOfPart } from './failures';
import { planFor } from './firstrun';
import { connector, declaredOf, topic } from './fixtures';
import { bytes, compact, duration, rate } from './format';
import { lag, spoken, throughput } from './history';
import { answered, backoff, secondsToRetry, showsBanner, unanswered, type Link } from './link';
import { kept } from './logs';
import { missingRows, rowsOf, wantedOf } from './offsets';
import { formatRoute, parseRoute } from './route';
import { settle, settleLimitMs, type Action } from './settling';

describe('the URL', () => {
  it('brings back what it was made from', () => {
    const route = { place: 'connectors' as const, segments: ['cam 1/2', 'edit'], query: { tab: 'tasks', q: 'a&b=c' } };
    expect(parseRoute(formatRoute(route))).toEqual(route);
  });
  it('leads home from anywhere unknown', () => {
    expect(parseRoute('#/nowhere')).toMatchObject({ place: 'pipelines' });
    expect(parseRoute('')).toMatchObject({ place: 'pipelines' });
    expect(parseRoute('#/topics/%E0%A4%A')).toMatchObject({ place: 'topics', segments: ['%E0%A4%A'] });
  });
  it('has no empty parts', () => {
    expect(formatRoute({ place: 'logs', query: { level: '', connector: undefined } })).toBe('#/logs');
  });
});

describe('the link to the worker', () => {
  const online: Link = { state: 'online', since: 0 };
  it('shows a banner only when a second answer is missing', () => {
    const once = unanswered(online, 1000, 900, 0.5);
    expect(showsBanner(once)).toBe(false);
    const twice = unanswered(once, 2000, 900, 0.5);
    expect(showsBanner(twice)).toBe(true);
    expect(twice).toMatchObject({ state: 'lost', since: 1000, attempt: 2, lastSeen: 900 });
  });
  it('shows it at once when the worker was never there', () => {
    expect(showsBanner(unanswered({ state: 'connecting' }, 0, null))).toBe(true);
  });
  it('waits 0.5, 1, 2, 4, 8 s, not longer, give or take a fifth', () => {
    expect([1, 2, 3, 4, 5, 9].map((attempt) => backoff(attempt, 0.5))).toEqual([500, 1000, 2000, 4000, 8000, 8000]);
    expect(backoff(1, 0)).toBe(400);
    expect(backoff(1, 1)).toBe(600);
  });
  it('counts down and recovers', () => {
    const lost = unanswered(unanswered(unanswered(online, 0, 0, 0.5), 0, 0, 0.5), 0, 0, 0.5);
    expect(secondsToRetry(lost, 0)).toBe(2);
    expect(answered(lost, 5)).toEqual({ state: 'online', since: 5 });
  });
});

describe('an action', () => {
  const action: Action = {
    id: 1,
    connector: 'c',
    verb: 'pause',
    label: 'Pausing',
    started: 0,
    phase: 'settling',
    message: '',
    goal: 'PAUSED',
    ended: null,
  };
  const status = (state: 'PAUSED' | 'RUNNING' | 'FAILED', options = {}) =>
    connector('c', 'source', { state, ...options }).status;
  it('is done when every state has arrived', () => {
    expect(settle(action, status('PAUSED'), 10).phase).toBe('done');
    expect(settle(action, status('PAUSED', { task: 'RUNNING' }), 10).phase).toBe('settling');
  });
  it('fails in the words of the trace', () => {
    expect(settle(action, status('RUNNING', { task: 'FAILED', trace: 'port taken\n at x' }), 10)).toMatchObject({
      phase: 'failed',
      message: 'port taken',
    });
  });
  it('does not wait for ever', () => {
    expect(settle(action, status('RUNNING'), settleLimitMs + 1)).toMatchObject({ phase: 'failed' });
  });
  it('takes a resumed connector without tasks for not arrived', () => {
    expect(settle({ ...action, goal: 'RUNNING' }, status('RUNNING', { tasks: 0 }), 10).phase).toBe('settling');
  });
  it('of deleting is done when the connector is gone', () => {
    expect(settle({ ...action, goal: 'gone' }, undefined, 10).phase).toBe('done');
    expect(settle(action, undefined, 10).phase).toBe('failed');
  });
});

describe('what can be done', () => {
  it('says why the rest cannot', () => {
    const stopped = connector('c', 'sink', { state: 'STOPPED', tasks: 0 }).status;
    const choices = choicesFor(stopped, false);
    expect(choices.pauseOrResume.label).toBe('Resume');
    expect(choices.stop.because).toBe('It is stopped already');
    expect(restartChoices(stopped, false)[0]!.because).toContain('stopped');
  });
  it('restarts failed tasks first when there are any', () => {
    expect(restartChoices(connector('c', 'sink', { task: 'FAILED' }).status, false)[0]!.label).toBe(
      'Restart failed only',
    );
    expect(restartChoices(connector('c', 'sink').status, false)[0]!.label).toBe('Restart connector and tasks');
  });
  it('waits for the last action', () => {
    expect(choicesFor(connector('c', 'sink').status, true).stop.because).not.toBe('');
  });
});

describe('a failure', () => {
  const keys = ['name', 'file', 'http.port', 'topic', 'width'];
  const problem = (kind: string, change: Partial<Problem> = {}): Problem => ({
    kind,
    message: 'some words',
    ...change,
  });
  it.each([
    [
      problem('port-in-use', { field: 'http.port', facts: { port: 8091 } }),
      'Port 8091 is already in use.',
      'http.port',
      'Edit port',
    ],
    [
      problem('path-in-use', { field: 'http.path', facts: { path: '/cam' } }),
      'The path /cam is taken by another sink.',
      'http.path',
      'Edit path',
    ],
    [problem('file-not-found', { field: 'file' }), 'The file is not there any more.', 'file', 'Edit file'],
    [problem('file-unreadable', { field: 'file' }), 'The worker may not read it.', 'file', 'Edit file'],
    [
      problem('required', { field: 'topic', message: 'must not be empty; give it a name' }),
      'Topic must not be empty; give it a name.',
      'topic',
      'Edit topic',
    ],
  ])('%o', (told, title, field, label) => {
    const explained = explain([told], keys, 0);
    expect(explained.title).toBe(title);
    expect(explained.fixes).toEqual([
      { kind: 'edit', field, label },
      { kind: 'restart', label: 'Restart task' },
    ]);
  });
  it('of a record that is too large may be mended by the keys that the connector has, or by skipping it', () => {
    const explained = explain(
      [problem('record-too-large', { facts: { bytes: 1_400_000, smaller_by: 'crop, width' } })],
      keys,
      0,
    );
    expect(explained.title).toBe('A frame is larger than the topic takes.');
    expect(explained.fixes).toEqual([
      { kind: 'skip', label: 'Skip such records' },
      { kind: 'edit', field: 'width', label: 'Make frames smaller' },
      { kind: 'restart', label: 'Restart task' },
    ]);
    expect(explain([problem('record-too-large')], ['topic'], 0).fixes.map((fix) => fix.kind)).toEqual([
      'skip',
      'restart',
    ]);
  });
  it('goes by the kind, whatever the words say', () => {
    const words =
      'Permission denied; port 5000 is in use, no space left, there is no file, the broker cannot be reached';
    expect(explain([problem('a-kind-of-its-own', { message: words })], keys, 0)).toEqual({
      title: `${words}.`,
      detail: '',
      fixes: [{ kind: 'restart', label: 'Restart task' }],
    });
  });
  it('of the worker or its broker leads to the worker', () => {
    for (const kind of ['broker-unreachable', 'disk-full', 'plugin-refused', 'no-such-plugin', 'no-file-descriptors'])
      expect(explain([problem(kind)], keys, null).fixes[0]).toMatchObject({ kind: 'worker' });
  });
  it('without a trace says so', () => {
    expect(explain([], keys, 0).title).toBe('It failed and left no trace.');
  });
  it('of a worker that tells no problems is the first line of its trace', () => {
    expect(problemsOfPart({ trace: '\nit broke\n\tat x' })).toEqual([
      { kind: 'unexpected-error', message: 'it broke' },
    ]);
    expect(problemsOfPart({})).toEqual([]);
  });
});

describe('offsets', () => {
  const extentTopic = topic('t', {
    partitions: [{ partition: 0, first_offset: 10, end_offset: 110, first_timestamp: 0, last_timestamp: 9900 }],
  });
  const [row] = rowsOf(
    [{ partition: { kafka_topic: 't', kafka_partition: 0 }, offset: { kafka_offset: 50 } }],
    'sink',
    [extentTopic],
  );
  it('of a sink become frames of its topic', () => {
    expect(row).toMatchObject({ label: 't · partition 0', current: 50, extent: { firstOffset: 10, lastOffset: 109 } });
    expect(wantedOf(row!, '20', 'sink')).toEqual({
      number: 20,
      entry: { partition: { kafka_topic: 't', kafka_partition: 0 }, offset: { kafka_offset: 20 } },
    });
  });
  it('may be the next that comes, but none that is gone', () => {
    expect(wantedOf(row!, '110', 'sink')).toMatchObject({ number: 110 });
    expect(wantedOf(row!, '9', 'sink')).toHaveProperty('problem');
    expect(wantedOf(row!, '', 'sink')).toBeNull();
  });
  it('of a source keep what else they hold', () => {
    const [source] = rowsOf([{ partition: { file: 'a' }, offset: { frame: 7, loop: 2 } }], 'source', []);
    expect(wantedOf(source!, '3', 'source')).toMatchObject({ entry: { offset: { frame: 3, loop: 2 } } });
  });
  it('that were never stored can be set all the same', () => {
    expect(missingRows([], ['t'], [extentTopic]).map((r) => r.current)).toEqual([null]);
    expect(missingRows([row!], ['t'], [extentTopic])).toEqual([]);
  });
});

describe('history', () => {
  const of = (type: 'source' | 'sink') => () => declaredOf(type);
  const history = {
    resolution_ms: 1000,
    times: [1000, 2000, 3000],
    series: {
      a: { records_per_second: [1, null, 3], lag_records: [0, 0, 9] },
      b: { records_per_second: [1, null, null], lag_records: [5, 5, 5] },
    },
  };
  it('keeps a gap a gap', () => {
    expect(throughput(history, ['a', 'b'], [], '15m', of('source')).lines[0]!.values).toEqual([2, null, 3]);
  });
  it('names the worst consumer and joins the others', () => {
    expect(lag(history, ['a', 'b'], '15m', of('sink')).lines.map((line) => [line.label, line.values])).toEqual([
      ['a', [0, 0, 9]],
      ['others', [5, 5, 5]],
    ]);
  });
  it('knows what a sink that reads for itself calls the same', () => {
    const own = {
      ...history,
      series: { s: { position_per_second: [3, 3, 3], lag_frames: [0, 1, 2], records_per_second: [null, null, null] } },
    };
    expect(throughput(own, [], ['s'], '15m', of('sink')).lines.map((line) => line.values)).toEqual([[3, 3, 3]]);
    expect(lag(own, ['s'], '15m', of('sink')).lines[0]!.values).toEqual([0, 1, 2]);
  });
  it('can be heard', () => {
    expect(spoken('Lag', lag(history, ['a'], '15m', of('sink')), 'frames')).toBe(
      'Lag. a: now 9, lowest 0, highest 9 frames.',
    );
    expect(spoken('In', throughput(history, ['a'], [], '15m', of('source')), '')).toContain('1 of 3 samples missing');
  });
});

describe('words', () => {
  it('are short', () => {
    expect([bytes(0), bytes(999), bytes(1400), bytes(61.2e9), bytes(999_999)]).toEqual([
      '0 B',
      '999 B',
      '1.4 kB',
      '61.2 GB',
      '1 MB',
    ]);
    expect([duration(58), duration(40_000), duration(130_000), duration(3 * 3_600_000)]).toEqual([
      '58 ms',
      '40 s',
      '2 min',
      '3 h',
    ]);
    expect([rate(0), rate(29.94), rate(119.6), compact(3612), compact(2)]).toEqual(['0', '29.9', '120', '3.6k', '2']);
  });
  it('of an event do not say the state twice', () => {
    const event = {
      seq: 1,
      time: 0,
      connector: 'c',
      task: 0,
      state: 'FAILED',
      message: 'task 0 failed: port taken\n at',
    };
    expect(eventWords(event)).toBe('task 0 failed: port taken');
    expect(eventWords({ ...event, message: 'port taken' })).toBe('task 0 failed: port taken');
    expect(eventWords({ ...event, message: '' })).toBe('task 0 failed');
  });
});

describe('activity', () => {
  const event = (connector: string, task: number | null, state: string, time = 0) => ({
    seq: 1,
    time,
    connector,
    task,
    state,
    message: '',
  });
  it('counts a restart of a connector with its tasks once', () => {
    const events = [
      event('a', null, 'RESTARTING'),
      event('a', 0, 'RESTARTING'),
      event('a', 0, 'RUNNING', 5),
      event('a', 0, 'RESTARTING', 9),
      event('b', 0, 'RUNNING', 3),
    ];
    expect(activityOf(events)).toEqual(
      new Map([
        ['a', { changed: 9, restarts: 2 }],
        ['b', { changed: 3, restarts: 0 }],
      ]),
    );
  });
  it('begins anew with a connector of the same name', () => {
    expect(
      activityOf([event('a', 0, 'RESTARTING'), event('a', null, 'DELETED'), event('a', null, 'CREATED', 4)]).get('a'),
    ).toEqual({ changed: 4, restarts: 0 });
  });
});

describe('the rest', () => {
  it('finds commands by all their words, those that begin with them first', () => {
    const commands = ['Restart cam', 'cam', 'Edit cam', 'other'].map((label) => ({ label, hint: 'x' }));
    expect(found(commands, 'cam').map((c) => c.label)).toEqual(['cam', 'Restart cam', 'Edit cam']);
    expect(found(commands, 'cam edit').map((c) => c.label)).toEqual(['Edit cam']);
  });
  it('keeps the newest log lines, none twice', () => {
    const line = (seq: number) => ({ seq, time: 0, level: 'INFO' as const, logger: '', message: '' });
    expect(kept([line(1), line(2)], [line(2), line(3)]).map((l) => l.seq)).toEqual([1, 2, 3]);
  });
  it('plans a first pipeline under free names', () => {
    const plan = planFor('/s.mp4', ['sample-video']);
    expect(plan.source).toMatchObject({ name: 'sample-video-2', config: { file: '/s.mp4', topic: 'sample' } });
    expect(plan.sink).toMatchObject({ name: 'sample-view', config: { topics: 'sample', 'http.port': '0' } });
  });
});

// What the page says of clocks, addresses, failures, warnings and health.
import { describe, expect, it } from 'vitest';
import { baseOf } from '../api/base';
import { renamed, warningsOf } from './form/errors';
import type { Problem } from '../api/types';
import { explain, reasonOf, restartsOf } from './failures';
import { alarmOf, lostTopics, problemsOfTopic } from './health';
import { declaredOfSinks } from './fixtures';
import { lag, lineOf, nowOf, pick, spoken, throughput } from './history';
import { kept, waitingWords } from './logs';
import { formatRoute, parseRoute } from './route';
import { correction, noSkew, observed } from './skew';

describe('the worker’s clock', () => {
  const at = 1_700_000_000_000;
  it('is the browser’s own while they may agree', () => {
    expect(correction(observed(noSkew, at, at + 200, at + 300))).toBe(0);
    expect(correction(noSkew)).toBe(0);
  });
  it('is found within half a second, and nearer with each answer', () => {
    const hour = 3_600_000;
    let skew = observed(noSkew, at, at + 400 - hour, at + 420 - hour);
    expect(Math.abs(correction(skew) - hour)).toBeLessThanOrEqual(510);
    skew = observed(skew, at + 1000, at + 1010 - hour, at + 1020 - hour);
    skew = observed(skew, at + 1000, at + 1960 - hour, at + 1980 - hour);
    expect(Math.abs(correction(skew) - hour)).toBeLessThanOrEqual(40);
  });
  it('begins anew when either clock is set', () => {
    const before = observed(noSkew, at, at, at + 10);
    const after = observed(before, at + 5000, at + 5000 - 60_000, at + 5010 - 60_000);
    expect(Math.abs(correction(after) - 60_000)).toBeLessThanOrEqual(510);
  });
  it('learns nothing from an answer without a date', () => {
    expect(observed(noSkew, NaN, 0, 1)).toBe(noSkew);
  });
});

describe('the API', () => {
  it.each([
    ['http://box:8083/ui/', 'http://box:8083/'],
    ['http://box:8083/ui/index.html#/wall', 'http://box:8083/'],
    ['https://proxy.example/cams/ui/?x=1#/topics/a', 'https://proxy.example/cams/'],
    ['https://proxy.example/ui/ui/', 'https://proxy.example/ui/'],
    ['http://localhost:5173/', 'http://localhost:5173/'],
    ['https://proxy.example/gui/', 'https://proxy.example/gui/'],
  ])('of a page at %s is below %s', (page, base) => expect(baseOf(page)).toBe(base));
});

describe('a failure in words', () => {
  const notImage: Problem = {
    kind: 'not-an-image',
    message:
      'record 7 of texts-0 is not an image: it has no image/... content-type header and is no JPEG, PNG or WebP; or skip such records with errors.tolerance = all',
    facts: { topic: 'texts', partition: 0, offset: 7 },
  };
  it('is whole, with skipping as a button', () => {
    const why = explain([notImage], ['topics', 'http.port'], 0);
    expect(why.title).toBe('A record of the topic is no picture.');
    expect(why.detail).toBe(`R${notImage.message.slice(1)}.`);
    expect(why.fixes[0]).toEqual({ kind: 'skip', label: 'Skip such records' });
    expect(explain([notImage], [], 0, 'all').fixes.map((fix) => fix.kind)).toEqual(['restart']);
  });
  it('says how often it was restarted by itself, and when it will be again', () => {
    expect(restartsOf({}, 1000)).toBe('');
    expect(restartsOf({ restarts: 2 }, 1000)).toBe('restarted by itself 2×');
    expect(restartsOf({ next_restart_ms: 9000 }, 1000)).toBe('restarts in 8 s');
    expect(restartsOf({ restarts: 3, next_restart_ms: 900 }, 1000)).toBe('restarted by itself 3×, restarts now');
  });
  it('is never cut', () => {
    const long = `the frame at ${'a very long path/'.repeat(40)} is bad`;
    const why = explain([{ kind: 'unexpected-error', message: long }], [], 0);
    expect(why.title).toBe('It failed.');
    expect(why.detail).toContain(long.slice(1));
  });
  it('tells all that is wrong', () => {
    const two: Problem[] = [
      { kind: 'required', field: 'topic', message: 'is required' },
      { kind: 'file-not-found', field: 'file', message: 'is not there' },
    ];
    expect(reasonOf(two)).toBe('topic is required; file is not there');
    expect(explain(two, ['topic', 'file'], 0)).toMatchObject({
      title: 'The file is not there any more.',
      detail: 'Topic is required; file is not there.',
    });
  });
});

describe('warnings', () => {
  const answer = {
    warnings: [
      { field: 'http.prt', message: 'is no key of MjpegHttpSink', suggestion: 'http.port' },
      { field: 'gone', message: 'x' },
    ],
  };
  it('stand beside the keys that are set, as sentences', () => {
    expect(warningsOf(answer, { 'http.prt': '1' })).toEqual([
      { field: 'http.prt', message: 'Is no key of MjpegHttpSink.', suggestion: 'http.port' },
    ]);
    expect(warningsOf({}, {})).toEqual([]);
    expect(warningsOf(undefined, {})).toEqual([]);
  });
  it('are mended by the key that was meant, in its place; a value that it has already stays', () => {
    expect(Object.entries(renamed({ a: '1', 'http.prt': '2', b: '3' }, 'http.prt', 'http.port'))).toEqual([
      ['a', '1'],
      ['http.port', '2'],
      ['b', '3'],
    ]);
    expect(renamed({ 'http.prt': '2', 'http.port': '5' }, 'http.prt', 'http.port')).toEqual({ 'http.port': '5' });
  });
});

describe('health', () => {
  const health = {
    status: 'unhealthy' as const,
    message: 'see problems',
    problems: [
      { subject: 'topic cam', kind: 'topic-refused', message: 'segment.bytes is -5', since: 1 },
      { subject: 'connector cam', kind: 'task-waiting', message: 'not of the topic', since: 2 },
      { subject: 'topics', kind: 'topics-missing', message: 'three are gone', since: 3 },
    ],
  };
  it('is told by its first problem', () => {
    expect(alarmOf(health)).toEqual({ title: 'topic cam:', text: 'segment.bytes is -5 And 2 more.' });
    expect(alarmOf({ status: 'healthy', message: '', problems: [] })).toBeNull();
    expect(alarmOf({ status: 'unhealthy', message: 'no disk', problems: [] })).toEqual({
      title: 'The worker is not well.',
      text: 'no disk',
    });
    expect(alarmOf(null)).toBeNull();
  });
  it('says once what it is about', () => {
    const of = (subject: string, message: string) =>
      alarmOf({ status: 'unhealthy', message: '', problems: [{ subject, kind: 'x', message, since: 1 }] });
    expect(of('topic garden', 'topic garden partition 0 has lost offsets 3 to 5')).toEqual({
      title: 'topic garden',
      text: 'partition 0 has lost offsets 3 to 5',
    });
    expect(of('topic garden', 'topic garden: it cannot be opened')).toEqual({
      title: 'topic garden',
      text: 'it cannot be opened',
    });
    expect(of('topic garden', 'topic gardens is another')).toEqual({
      title: 'topic garden:',
      text: 'topic gardens is another',
    });
  });
  it('names the topics that have one, listed or not', () => {
    expect(problemsOfTopic(health, 'cam').map((p) => p.message)).toEqual(['segment.bytes is -5']);
    expect(problemsOfTopic(health, 'ca')).toEqual([]);
    expect(lostTopics(health, [])).toEqual([{ name: 'cam', problem: health.problems[0] }]);
    expect(lostTopics(health, ['cam'])).toEqual([]);
  });
});

describe('lag', () => {
  const history = {
    resolution: '1s',
    times: [1000, 2000, 3000],
    series: { view: { lag_frames: [37_000, 37_030, 4], viewers: [0, 0, 1], position_per_second: [44, 44, 30] } },
  } as unknown as Parameters<typeof lag>[0];
  it('is drawn only while somebody watched, and so are frames that go out', () => {
    expect(lag(history, ['view'], '15m', () => declaredOfSinks).lines[0]?.values).toEqual([null, null, 4]);
    expect(lineOf(history, 'view', declaredOfSinks, 'lag', 'frames', '--warn', '15m').lines[0]?.values).toEqual([
      null,
      null,
      4,
    ]);
    expect(
      pick(history, 'view', [['lag_frames', 'frames', '--warn']], '15m', declaredOfSinks).lines[0]?.values,
    ).toEqual([null, null, 4]);
    expect(throughput(history, [], ['view'], '15m', () => declaredOfSinks).lines[0]?.values).toEqual([0, 0, 30]);
  });
});

describe('a figure of now', () => {
  it('is none once the samples have stopped', () => {
    expect(nowOf([1, 2, 3, null, null])).toBe(3);
    expect(nowOf([1, 2, 3, null, null, null, null, null])).toBeNull();
    expect(
      spoken(
        'Lag',
        { times: [], lines: [{ label: 'view', colour: '', values: [4, null, null, null, null, null] }] },
        's',
      ),
    ).toContain('view: now none, lowest 4');
  });
});

describe('a log that is not followed', () => {
  const entry = (seq: number, level = 'INFO') => ({ seq, time: 0, level: level as 'INFO', logger: 'x', message: 'm' });
  it('says how many lines wait, and how many of them are errors', () => {
    expect(waitingWords([])).toBe('Paused · no new line');
    expect(waitingWords([entry(1)])).toBe('Paused · 1 new line');
    expect(waitingWords([entry(1), entry(2, 'ERROR'), entry(3)])).toBe('Paused · 3 new lines, 1 of them an error');
    expect(waitingWords([entry(1, 'ERROR')])).toBe('Paused · 1 new line, an error');
    expect(
      waitingWords(
        kept(
          [],
          Array.from({ length: 6000 }, (_, i) => entry(i)),
        ),
      ),
    ).toBe('Paused · 5000 new lines or more');
  });
});

describe('names with odd characters', () => {
  it.each(['a/b', '%2F', '%', '😀 cam', 'x'.repeat(200), 'a?b#c', 'ü&=+', 'edit', '"><img src=x>'])(
    '%s comes back out of the URL',
    (name) => {
      const route = { place: 'connectors' as const, segments: [name, 'edit'], query: { q: name } };
      expect(parseRoute(formatRoute(route))).toEqual(route);
      expect(parseRoute(new URL(`http://h/ui/${formatRoute(route)}`).hash)).toEqual(route);
    },
  );
});

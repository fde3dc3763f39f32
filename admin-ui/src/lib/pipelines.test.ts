import { describe, expect, it } from 'vitest';
import { connector, declaredOf, topic, vitalsMap } from './fixtures';
import { buildRows, byName, totalsOf } from './pipelines';
import { arranged } from './table';
import { streamOf, type Page } from './stream';
import { topicsOf, vitalsOf } from './vitals';

const now = 100_000;

describe('rows', () => {
  const connectors = {
    ok: connector('ok', 'source', { config: { topic: 'a' } }),
    okSink: connector('okSink', 'sink', { config: { topics: 'a' } }),
    late: connector('late', 'sink', {
      config: { topics: 'b' },
      metrics: { viewers: 1, lag_frames: 5000, lag_seconds: 100 },
    }),
    dead: connector('dead', 'sink', { config: { topics: 'c' }, task: 'FAILED', trace: 'boom' }),
    stuck: connector('stuck', 'source', {
      config: { topic: 'd' },
      metrics: { records: 5, last_record_ms: now - 60_000 },
    }),
  };
  const rows = buildRows(connectors, vitalsMap(connectors, now), [topic('a'), topic('lonely')]);

  it('come worst first: failed, stalled, lagging, then the rest', () => {
    expect(rows.map((row) => [row.topic, row.severity])).toEqual([
      ['c', 'failed'],
      ['d', 'stalled'],
      ['b', 'lagging'],
      ['lonely', 'stopped'],
      ['a', 'running'],
    ]);
  });
  it('are one for each topic, joined by its name, with gaps where nobody is', () => {
    expect(rows.find((row) => row.topic === 'a')).toMatchObject({
      sources: [{ name: 'ok' }],
      sinks: [{ name: 'okSink' }],
    });
    expect(rows.find((row) => row.topic === 'lonely')).toMatchObject({ sources: [], sinks: [] });
  });
  it('can be put in order of their names', () => {
    expect(rows.toSorted(byName).map((row) => row.topic)).toEqual(['a', 'b', 'c', 'd', 'lonely']);
  });
  it('show how much of what is kept the consumer has still to read', () => {
    const held = { s: connector('s', 'sink', { config: { topics: 'a' }, metrics: { lag_frames: 90 } }) };
    expect(buildRows(held, vitalsMap(held), [topic('a', { frames: 100 })])[0]!.fill).toEqual([
      { partition: 0, behind: 0.9, tone: 'bad' },
    ]);
    const unwatched = {
      s: connector('s', 'sink', { config: { topics: 'a' }, metrics: { lag_frames: 90, viewers: 0 } }),
    };
    expect(buildRows(unwatched, vitalsMap(unwatched), [topic('a', { frames: 100 })])[0]!.fill).toEqual([
      { partition: 0, behind: 0, tone: 'ok' },
    ]);
    expect(totalsOf([...vitalsMap(unwatched).values()]).worstLag).toBeNull();
  });
  it('sum up to what is not known yet, not to nothing', () => {
    expect(
      totalsOf([vitalsOf(connector('s', 'source', { metrics: { records: 1 } }), undefined, now, declaredOf('source'))]),
    ).toMatchObject({ fpsIn: null, bytesIn: null, fpsOut: 0 });
  });
  it('sum up to totals', () => {
    expect(totalsOf([...vitalsMap(connectors, now).values()])).toMatchObject({
      connectors: 5,
      failed: 1,
      viewers: 1,
      worstLag: { frames: 5000, name: 'late' },
    });
  });
});

describe('vitals', () => {
  it('take the rate from two samples', () => {
    const source = connector('s', 'source', { metrics: { records: 160, bytes: 16_000 } });
    const vitals = vitalsOf(source, { time: now - 2000, records: 100, bytes: 10_000 }, now, declaredOf('source'));
    expect([vitals.fps, vitals.bytesPerSecond]).toEqual([30, 3000]);
  });
  it('know no rate from one sample', () => {
    expect(
      vitalsOf(connector('s', 'source', { metrics: { records: 1 } }), undefined, now, declaredOf('source')).fps,
    ).toBeNull();
  });
  it('call a source that reached the end of its file idle, not stalled', () => {
    const ended = connector('s', 'source', { metrics: { end_of_file: true, last_record_ms: 1 } });
    expect(vitalsOf(ended, undefined, now, declaredOf('source'))).toMatchObject({
      severity: 'idle',
      hint: 'It has sent all',
    });
  });
  it('blame no sink for lag while nobody watches', () => {
    const unwatched = connector('s', 'sink', { metrics: { viewers: 0, lag_frames: 1e6, lag_seconds: 1e4 } });
    expect(vitalsOf(unwatched, undefined, now, declaredOf('sink'))).toMatchObject({
      severity: 'running',
      hint: 'Nobody is watching',
      lagFrames: null,
      lagSeconds: null,
      unwatched: true,
      keptFrames: 1e6,
    });
  });
  it('call a running connector without tasks starting', () => {
    expect(vitalsOf(connector('s', 'sink', { tasks: 0 }), undefined, now, declaredOf('sink')).severity).toBe(
      'starting',
    );
  });
  it('match topics.regex to the topics there are', () => {
    expect(topicsOf({ 'topics.regex': 'cam-.*' }, 'sink', ['cam-1', 'x-cam-1', 'cam-2'])).toEqual(['cam-1', 'cam-2']);
    expect(topicsOf({ 'topics.regex': '(' }, 'sink', ['a'])).toEqual([]);
  });
  it('count nothing as going out that nobody is shown, though a live sink follows the topic', () => {
    const live = connector('s', 'sink', { metrics: { viewers: 0, mux_viewers: 2, position: 188 } });
    const vitals = vitalsOf(live, { time: now - 2000, records: 100, bytes: null }, now, declaredOf('sink'));
    expect(vitals).toMatchObject({ fps: 0, viewers: 0, previews: 2 });
    expect(totalsOf([vitals])).toMatchObject({ fpsOut: 0, viewers: 0, previews: 2, worstLag: null });
    const watched = connector('s', 'sink', { metrics: { viewers: 1, position: 188 } });
    expect(vitalsOf(watched, { time: now - 2000, records: 100, bytes: null }, now, declaredOf('sink')).fps).toBe(44);
  });
  it('count viewers of other groups as nobody at the place that the connector keeps', () => {
    const grouped = connector('s', 'sink', {
      metrics: { viewers: 1, playhead_viewers: 0, lag_frames: 37_000, lag_seconds: 1200 },
    });
    expect(vitalsOf(grouped, undefined, now, declaredOf('sink'))).toMatchObject({
      severity: 'running',
      lagFrames: null,
      keptFrames: 37_000,
    });
  });
  it('count what any other sink has to do as lag', () => {
    expect(
      vitalsOf(connector('s', 'sink', { metrics: { lag_records: 12 } }), undefined, now, declaredOf('sink')),
    ).toMatchObject({ lagFrames: 12, unwatched: false, keptFrames: null });
  });
});

describe('a stream', () => {
  const here: Page = { protocol: 'http:', hostname: 'box' };
  const secure: Page = { protocol: 'https:', hostname: 'proxy.example' };
  const sinks = declaredOf('sink');
  it.each([
    [
      'by its url',
      { url: 'http://127.0.0.1:5001/cam', mux_url: 'http://127.0.0.1:5001/mux' },
      {},
      here,
      'http://127.0.0.1:5001/',
    ],
    [
      'everywhere, from where the page came',
      { url: 'http://0.0.0.0:5000/cam', mux_url: 'http://0.0.0.0:5000/mux' },
      {},
      here,
      'http://box:5000/',
    ],
    [
      'everywhere on IPv6',
      { url: 'http://[::]:5000/cam', mux_url: 'http://[::]:5000/mux' },
      {},
      here,
      'http://box:5000/',
    ],
    [
      'where it is advertised',
      { url: 'https://proxy.example/cams/cam', mux_url: 'https://proxy.example/cams/mux' },
      { 'http.advertised.url': 'https://proxy.example/cams/' },
      secure,
      'https://proxy.example/cams/',
    ],
  ] as const)('is found %s', (_, metrics, config, page, base) => {
    expect(streamOf(metrics, sinks, config, page)).toMatchObject({
      url: `${base}cam`,
      mux: `${base}mux`,
      setting: 'http.advertised.url',
      advertised: 'http.advertised.url' in config,
      blocked: '',
    });
  });
  it('is what its class declares to be one, by any name', () => {
    const watch = { ...sinks.find(({ role }) => role === 'stream')!, name: 'watch_at', setting: null };
    expect(streamOf({ watch_at: 'http://0.0.0.0:1/' }, [watch], {}, secure)).toMatchObject({
      url: 'http://proxy.example:1/',
      mux: '',
      setting: '',
      blocked:
        'The stream is http:// (proxy.example:1), which no browser shows on an https:// page: open this page by http://.',
    });
    expect(streamOf({ url: 'http://127.0.0.1:1/' }, [watch], {}, here)).toBeNull();
  });
  it('is in doubt when it is an address of the machine itself, and the page is not', () => {
    const doubtful = (hostname: string) =>
      streamOf({ url: 'http://127.0.0.1:5000/' }, sinks, {}, { protocol: 'http:', hostname })?.doubtful;
    expect([doubtful('box'), doubtful('localhost'), doubtful('[::1]')]).toEqual([true, false, false]);
  });
  it.each([
    ['nothing told', {}],
    ['no web address', { url: 'javascript:alert(1)' }],
  ] as const)('is not there: %s', (_, metrics) => {
    expect(streamOf(metrics, sinks, {}, here)).toBeNull();
  });
  it('of http:// says on an https:// page what to set', () => {
    const found = streamOf({ url: 'http://0.0.0.0:5000/a' }, sinks, {}, secure);
    expect(found?.blocked).toBe(
      'The stream is http:// (proxy.example:5000), which no browser shows on an https:// page: set http.advertised.url to where an https:// proxy passes it on.',
    );
    expect(
      streamOf({ url: 'http://proxy.example/' }, sinks, { 'http.advertised.url': 'http://proxy.example/' }, secure)
        ?.blocked,
    ).toContain('give http.advertised.url an https:// address');
    expect(
      streamOf({ url: 'http://127.0.0.1:5000/' }, sinks, {}, { protocol: 'https:', hostname: 'localhost' })?.blocked,
    ).toBe('');
  });
});

describe('the list', () => {
  const connectors = {
    'cam-10': connector('cam-10', 'source', { config: { topic: 'x' } }),
    'cam-9': connector('cam-9', 'source', { state: 'PAUSED', config: { topic: 'x' } }),
    view: connector('view', 'sink', { task: 'FAILED', config: { topics: 'x' } }),
  };
  const rows = [...vitalsMap(connectors).values()].map((vitals) => ({
    vitals,
    state: connectors[vitals.name as 'view'].status.connector.state,
    topics: ['x'],
  }));
  const names = (
    filter: Partial<{ text: string; state: string; type: string; plugin: string }>,
    sort: 'state' | 'name' = 'name',
    desc = false,
  ) =>
    arranged(rows, { text: '', state: '', type: '', plugin: '', ...filter }, sort, desc).map((row) => row.vitals.name);
  it('counts a connector with a failed task as failed', () => {
    expect(names({ state: 'FAILED' })).toEqual(['view']);
    expect(names({ state: 'RUNNING' })).toEqual(['cam-10']);
  });
  it('sorts numbers in names as numbers, and states by urgency', () => {
    expect(names({ type: 'source' })).toEqual(['cam-9', 'cam-10']);
    expect(names({}, 'state')).toEqual(['view', 'cam-9', 'cam-10']);
    expect(names({}, 'state', true)).toEqual(['cam-10', 'cam-9', 'view']);
  });
  it('finds by name, plugin and topic', () => {
    expect(names({ text: 'MJPEG' })).toEqual(['view']);
    expect(names({ text: 'x' })).toHaveLength(3);
  });
});

import { describe, expect, it, vi } from 'vitest';
import { frameUrl, muxUrl, snapshotUrl, startFeed } from './feed';
import { throughGate } from './gate';
import { headerBytes, isMux, muxContentType, MuxReader, type Message } from './mux';
import { causeFor, causeOf, momentOf, standsBecause } from './cause';
import { silenceOf } from './feed';
import { connector, declaredOf } from '../fixtures';
import { vitalsOf } from '../vitals';
import { badge, fpsOf, isOld, newTile, next, stallAfterMs } from './tile';

function message(type: number, stream: number, payload: Uint8Array, offset = 0n, time = 0n): Uint8Array {
  const bytes = new Uint8Array(headerBytes + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, payload.length);
  view.setUint8(4, type);
  view.setUint16(6, stream);
  view.setBigInt64(8, offset);
  view.setBigInt64(16, time);
  bytes.set(payload, headerBytes);
  return bytes;
}
const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));

describe('a mux body', () => {
  const body = join(
    message(0, 0, text({ streams: ['a', 'b'] })),
    message(1, 1, Uint8Array.of(1, 2, 3), 7n, 1234n),
    message(2, 0, Uint8Array.of(9)),
    message(0, 0, text({})),
  );
  it('gives its frames wherever TCP cuts it', () => {
    for (const size of [1, 5, 24, 31, body.length]) {
      const reader = new MuxReader();
      const messages: Message[] = [];
      for (let at = 0; at < body.length; at += size) messages.push(...reader.push(body.subarray(at, at + size)));
      expect(
        messages
          .flatMap((m) => ('frame' in m ? [m.frame] : []))
          .map((f) => [f.stream, f.offset, f.timestamp, f.contentType, [...f.data]]),
      ).toEqual([
        ['b', 7, 1234, 'image/jpeg', [1, 2, 3]],
        ['a', 0, 0, 'image/png', [9]],
      ]);
    }
  });
  it('says what a video is of before its first part', () => {
    const reader = new MuxReader();
    expect(
      reader.push(
        join(
          message(0, 0, text({ streams: ['a'] })),
          message(0, 0, text({ stream: 'a', state: 'live', video: 'video/mp4; codecs="avc1.64001F"' })),
          message(4, 0, Uint8Array.of(1, 2), 3n, 4n),
        ),
      ),
    ).toEqual([
      { standing: { stream: 'a', state: 'live', reason: '', video: 'video/mp4; codecs="avc1.64001F"' } },
      { frame: { stream: 'a', contentType: 'video/mp4', offset: 3, timestamp: 4, data: Uint8Array.of(1, 2) } },
    ]);
  });
  it('may hold types and streams of a later version', () => {
    const reader = new MuxReader();
    expect(
      reader.push(
        join(
          message(0, 0, text({ streams: ['a'] })),
          message(77, 0, Uint8Array.of(1)),
          message(1, 5, Uint8Array.of(1)),
          message(1, 0, Uint8Array.of(2)),
        ),
      ),
    ).toHaveLength(1);
  });
  it('says how its streams stand', () => {
    const reader = new MuxReader();
    const said = [
      { streams: ['a', 'b'] },
      { stream: 'b', state: 'waiting' },
      { stream: 'a', state: 'forbidden', reason: 'why' },
      { stream: 'a', state: 'of a later version' },
    ];
    expect(reader.push(join(...said.map((each) => message(0, 0, text(each)))))).toEqual([
      { standing: { stream: 'b', state: 'waiting', reason: '' } },
      { standing: { stream: 'a', state: 'forbidden', reason: 'why' } },
    ]);
  });
  it('is told by its content type', () => {
    expect(isMux('application/vnd.framespool.mux; schema=framespool-mux')).toBe(true);
    expect([isMux('text/html'), isMux(null), isMux('application/vnd.framespool.muxer')]).toEqual([false, false, false]);
  });
  it('is refused when it cannot be one', () => {
    expect(() => new MuxReader().push(new TextEncoder().encode('<!doctype html><html><head>'))).toThrow(/broken/);
  });
});

describe('URLs', () => {
  it('lie below the sink', () => {
    expect(snapshotUrl('http://h:5000/')).toBe('http://h:5000/snapshot');
    expect(frameUrl('http://h:5000/cam', 7)).toBe('http://h:5000/cam/frames/7');
    const stream = (name: string, url: string, mux: string, video = 'none') => ({ name, url, mux, own: true, video });
    expect(
      muxUrl({
        streams: [
          stream('a b', 'http://h:5000/cam', 'http://h:5000/mux'),
          stream('c', 'http://h:5001/', 'http://h:5001/mux'),
        ],
        width: 320,
        fps: 10,
      }),
    ).toBe('http://h:5000/mux?streams=a%20b,c&width=320&fps=10');
    expect(muxUrl({ streams: [stream('a,/%2F😀', 'https://p/cams/a', 'https://p/cams/mux')], width: 0, fps: 30 })).toBe(
      'https://p/cams/mux?streams=a%2C%2F%252F%F0%9F%98%80&fps=30',
    );
    const two = (a: string, b: string) =>
      muxUrl({ streams: [stream('a', '', 'http://h/mux', a), stream('b', '', 'http://h/mux', b)], width: 0, fps: 9 });
    expect(two('h264', 'h264')).toBe('http://h/mux?streams=a,b&fps=9&video=h264');
    expect(two('any', 'none')).toBe('http://h/mux?streams=a,b&fps=9&video=any,none');
    expect(snapshotUrl('http://h:5000/', 192)).toBe('http://h:5000/snapshot?width=192');
  });
});

describe('a sink that does not answer', () => {
  it('is named, with what to set when its address is of its own machine', () => {
    expect(silenceOf('http://127.0.0.1:5000/', 'box')).toBe(
      '127.0.0.1:5000 does not answer: that is an address of the machine itself. Have the sink listen on one that others reach, or say in its config where it is reached',
    );
    expect(silenceOf('http://127.0.0.1:5000/', 'localhost')).toBe('127.0.0.1:5000 does not answer');
    expect(silenceOf('https://p.example/cams', 'box')).toBe('p.example does not answer');
  });
});

describe('a tile', () => {
  const frame = (timestamp: number | null, workerNow: number, fed = true) =>
    ({ kind: 'frame', timestamp, workerNow, fed }) as const;
  const tick = { kind: 'tick', paused: false, sourceEnded: false, reason: '' } as const;
  const live = next(newTile(0), frame(95, 100), 100);
  it('is live with the first frame', () => {
    expect(live).toMatchObject({ state: 'live', lastFrame: 100, pictureAt: 95, age: 5 });
  });
  it('notices a stall by itself', () => {
    expect(next(live, tick, 100 + stallAfterMs - 1).state).toBe('live');
    const stalled = next(live, { ...tick, reason: 'why' }, 100 + stallAfterMs);
    expect(stalled).toMatchObject({ state: 'stalled', reason: 'why', lastFrame: 100 });
    expect(badge(stalled, 0, 42_095)).toBe('Stalled 42 s');
    expect(next(stalled, frame(49_990, 50_000), 50_000).state).toBe('live');
  });
  it('tells the age of the picture by the record, not since the page was opened', () => {
    const minutes = 60_000;
    const taken = Date.UTC(2026, 10, 28, 6, 20, 29);
    const workerNow = taken + 40 * minutes;
    // The browser's clock is a day wrong, and it changes nothing.
    const opened = next(newTile(0), frame(taken, workerNow), 86_400_000);
    expect(opened.state).toBe('stalled');
    expect(isOld(opened)).toBe(true);
    expect(badge(opened, 0, workerNow)).toBe('Stalled 40 min');
    const later = next(opened, tick, 86_400_000 + 11_000);
    expect(badge(later, 0, workerNow + 11_000)).toBe('Stalled 40 min');
    const failed = causeOf(undefined, [
      vitalsOf(connector('cam', 'source', { task: 'FAILED', trace: 'x' }), undefined, 0, declaredOf('source')),
    ]);
    expect(badge(later, 0, workerNow, failed?.badge)).toBe('Source failed');
    expect(standsBecause(later, failed, workerNow)).toBe(`Source failed · last picture ${momentOf(taken, workerNow)}`);
    expect(standsBecause(later, null, workerNow)).toMatch(/^No new picture · last picture \d\d:\d\d:29$/);
    expect(momentOf(taken, taken + 86_400_000)).toMatch(/^2026-11-\d\d \d\d:\d\d:29$/);
  });
  it('is not live by a young picture that nothing follows', () => {
    const dead = next(newTile(0), frame(99_000, 100_000, false), 50);
    expect(dead.state).toBe('stalled');
    // Records that come all the same, from who is no source here, are live.
    expect(next(dead, frame(99_100, 100_100, false), 150).state).toBe('live');
  });
  it('calls pictures that move and are old late', () => {
    const first = next(newTile(0), frame(0, 2_400_000), 50);
    const second = next(first, frame(33, 2_400_033), 83);
    expect([second.state, badge(second, 83, 2_400_033)]).toEqual(['late', '40 min late']);
    expect(next(second, frame(2_400_060, 2_400_066), 116).state).toBe('live');
    // Its own stop is a stall like any other.
    expect(next(second, tick, 83 + stallAfterMs).state).toBe('stalled');
  });
  it('takes a record without a time for one of now', () => {
    expect(next(newTile(0), frame(null, 7_000), 50)).toMatchObject({ state: 'live', age: null, pictureAt: 7_000 });
  });
  it('says so when no picture has ever come', () => {
    const none = next(newTile(0), tick, stallAfterMs);
    expect([badge(none, 0, 99_000), standsBecause(none, null, 99_000)]).toEqual([
      'No picture',
      'No picture has come yet',
    ]);
  });
  it('says ended when the file has', () => {
    expect(next(live, { ...tick, sourceEnded: true }, 10_000).state).toBe('ended');
  });
  it('says what the sink says of itself, and leaves stalls to the watchdog', () => {
    const stands = (tile: typeof live, state: 'live' | 'waiting' | 'unknown' | 'ended' | 'forbidden') =>
      next(tile, { kind: 'standing', state, reason: '' }, 200);
    expect(badge(stands(newTile(0), 'waiting'), 200, 200)).toBe('Waiting');
    expect(next(stands(newTile(0), 'waiting'), tick, 90_000)).toMatchObject({
      state: 'waiting',
      reason: 'No picture in the topic yet',
    });
    expect(stands(live, 'live')).toBe(live);
    const stalled = next(live, tick, 100 + stallAfterMs);
    expect(stands(stalled, 'live').state).toBe('stalled');
    expect(stands(live, 'ended')).toMatchObject({ state: 'ended', reason: 'The sink has stopped', lastFrame: 100 });
    expect(stands(live, 'unknown')).toMatchObject({ state: 'error', retryAt: null });
    expect(stands(live, 'forbidden').reason).toContain('access.control.allow.origin');
    expect(stands(stands(live, 'unknown'), 'live').state).toBe('connecting');
  });
  it('counts down to the next try', () => {
    const lost = next(live, { kind: 'lost', reason: 'gone', retryAt: 5000 }, 1000);
    expect([lost.state, badge(lost, 1100, 9e9)]).toEqual(['error', 'Retry in 4 s']);
    expect(next(lost, tick, 4000).state).toBe('error');
    expect(next(lost, { kind: 'connecting' }, 5000).state).toBe('connecting');
  });
  it('pauses and comes back', () => {
    const paused = next(live, { ...tick, paused: true }, 200);
    expect(paused.state).toBe('paused');
    expect(next(paused, tick, 90_000)).toMatchObject({ state: 'connecting', since: 90_000 });
  });
  it('knows its rate', () => {
    let tile = newTile(0);
    for (let i = 0; i <= 10; i += 1) tile = next(tile, frame(null, 0), i * 100);
    expect(fpsOf(tile, 1000)).toBe(10);
    expect(fpsOf(tile, 60_000)).toBeNull();
    // Of video it is told of several at once.
    const times = Array.from({ length: 10 }, (_, i) => 2000 + i * 40);
    tile = next(newTile(0), { ...frame(null, 0), shown: times }, 2400);
    expect(fpsOf(tile, 2400)).toBe(25);
  });
});

it('a feed tells nothing behind its stop, whatever has come by then', async () => {
  const body = join(
    message(0, 0, text({ streams: ['a'] })),
    message(1, 0, Uint8Array.of(1), 7n),
    message(0, 0, text({ stream: 'a', state: 'live', video: 'video/mp4; codecs="avc1.64001F"' })),
    message(4, 0, Uint8Array.of(2), 8n),
  );
  const headers = { 'Content-Type': muxContentType };
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(body, { headers })));
  const told: string[] = [];
  const stream = { name: 'a', url: 'http://h:4/', mux: 'http://h:4/mux', own: true, video: 'any' };
  await new Promise<void>((resolve) => {
    const feed = startFeed(
      { streams: [stream], width: 0, fps: 5 },
      {
        frame: ({ offset }) => {
          told.push(`frame ${offset}`);
          feed.stop();
          resolve();
        },
        standing: ({ state }) => told.push(state),
        connecting: () => told.push('connecting'),
        lost: (reason) => told.push(reason),
      },
    );
  });
  await new Promise((resolve) => setTimeout(resolve)); // decides nothing: the next turn of the event loop
  vi.unstubAllGlobals();
  expect(told).toEqual(['connecting', 'frame 7']);
});

describe('the gate', () => {
  it('lets two at a time through to a host and port, and others pass by', async () => {
    const signal = new AbortController().signal;
    let inside = 0;
    let most = 0;
    const ends: (() => void)[] = [];
    const enter = (url: string) =>
      throughGate(url, signal, async () => {
        most = Math.max(most, ++inside);
        await new Promise<void>((resolve) => ends.push(resolve));
        inside -= 1;
      });
    const all = ['a', 'b', 'c', 'd'].map((path) => enter(`http://h:1/${path}`));
    await Promise.resolve();
    expect(inside).toBe(2);
    let passed = false;
    await throughGate('http://h:2/', signal, async () => void (passed = true));
    expect(passed).toBe(true);
    while (ends.length > 0) {
      ends.shift()!();
      await new Promise((resolve) => setTimeout(resolve)); // decides nothing: the next turn of the event loop
    }
    await Promise.all(all);
    expect(most).toBe(2);
  });
  it('forgets who gives up waiting', async () => {
    const open = new AbortController();
    const ends: (() => void)[] = [];
    const hold = () =>
      throughGate('http://h:3/', open.signal, () => new Promise<void>((resolve) => ends.push(resolve)));
    const held = [hold(), hold()];
    const gone = new AbortController();
    const waiting = throughGate('http://h:3/', gone.signal, () => Promise.resolve('in'));
    gone.abort(new Error('gave up'));
    await expect(waiting).rejects.toThrow('gave up');
    await Promise.resolve();
    ends.forEach((end) => end());
    await Promise.all(held);
    expect(await throughGate('http://h:3/', open.signal, () => Promise.resolve('in'))).toBe('in');
  });
});

describe('why a picture stands still', () => {
  const source = (options: Parameters<typeof connector>[2], now = 0) =>
    vitalsOf(connector('cam', 'source', options), undefined, now, declaredOf('source'));
  const sink = (options: Parameters<typeof connector>[2]) =>
    vitalsOf(connector('view', 'sink', options), undefined, 0, declaredOf('sink'));
  it.each([
    ['a failed source', undefined, [source({ task: 'FAILED', trace: 'x' })], 'Source failed'],
    ['a paused source', undefined, [source({ state: 'PAUSED' })], 'Source paused'],
    ['a stopped source', undefined, [source({ state: 'STOPPED', tasks: 0 })], 'Source stopped'],
    ['an unassigned task', undefined, [source({ task: 'UNASSIGNED' })], 'Source starting'],
    ['a source at the end of its file', undefined, [source({ metrics: { end_of_file: true } })], 'Ended'],
    ['a source that waits', undefined, [source({ metrics: { waiting_for: 'the broker' } })], 'Source stalled'],
    ['a source that says so', undefined, [source({ metrics: { waits_for: 'the camera' } })], 'Source stalled'],
    ['no source', undefined, [], 'No source'],
    ['a failed sink', sink({ task: 'FAILED', trace: 'x' }), [source({})], 'Sink failed'],
    ['a paused sink before its failed source', sink({ state: 'PAUSED' }), [source({ task: 'FAILED' })], 'Sink paused'],
    [
      'the worst of several sources',
      undefined,
      [source({ state: 'PAUSED' }), source({ task: 'FAILED', trace: 'x' })],
      'Source failed',
    ],
  ] as const)('%s', (_, view, sources, badged) => {
    expect(causeOf(view, [...sources])?.badge).toBe(badged);
  });
  it('is that the sink is paused, and not that its topic has no picture', () => {
    const waiting = next(newTile(0), { kind: 'standing', state: 'waiting', reason: 'no picture yet' }, 0);
    const paused = causeFor(waiting, causeOf(sink({ state: 'PAUSED' }), [source({})]));
    expect([badge(waiting, 0, 0, paused?.badge), standsBecause(waiting, paused, 0)]).toEqual([
      'Sink paused',
      'Sink paused',
    ]);
    const failed = causeOf(sink({}), [source({ task: 'FAILED', trace: 'x' })]);
    expect([causeFor(waiting, failed), standsBecause(waiting, failed, 0)]).toEqual([null, 'No picture yet']);
  });
  it('none, while one source runs', () => {
    expect(causeOf(sink({}), [source({}), source({ task: 'FAILED', trace: 'x' })])).toBeNull();
  });
});

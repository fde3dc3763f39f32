import { describe, expect, it } from 'vitest';
import { frameUrl, muxUrl, snapshotUrl } from './feed';
import { throughGate } from './gate';
import { headerBytes, isMux, MuxReader, type Message } from './mux';
import { badge, fpsOf, newTile, next, stallAfterMs } from './tile';

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
  const body = join(message(0, 0, text({ streams: ['a', 'b'] })), message(1, 1, Uint8Array.of(1, 2, 3), 7n, 1234n), message(2, 0, Uint8Array.of(9)), message(0, 0, text({})));
  it('gives its frames wherever TCP cuts it', () => {
    for (const size of [1, 5, 24, 31, body.length]) {
      const reader = new MuxReader();
      const messages: Message[] = [];
      for (let at = 0; at < body.length; at += size) messages.push(...reader.push(body.subarray(at, at + size)));
      expect(messages.flatMap((m) => ('frame' in m ? [m.frame] : [])).map((f) => [f.stream, f.offset, f.timestamp, f.contentType, [...f.data]])).toEqual([
        ['b', 7, 1234, 'image/jpeg', [1, 2, 3]], ['a', 0, 0, 'image/png', [9]],
      ]);
    }
  });
  it('may hold types and streams of a later version', () => {
    const reader = new MuxReader();
    expect(reader.push(join(message(0, 0, text({ streams: ['a'] })), message(77, 0, Uint8Array.of(1)), message(1, 5, Uint8Array.of(1)), message(1, 0, Uint8Array.of(2))))).toHaveLength(1);
  });
  it('says how its streams stand', () => {
    const reader = new MuxReader();
    const said = [{ streams: ['a', 'b'] }, { stream: 'b', state: 'waiting' }, { stream: 'a', state: 'forbidden', reason: 'why' }, { stream: 'a', state: 'of a later version' }];
    expect(reader.push(join(...said.map((each) => message(0, 0, text(each)))))).toEqual([
      { standing: { stream: 'b', state: 'waiting', reason: '' } }, { standing: { stream: 'a', state: 'forbidden', reason: 'why' } },
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
    expect(muxUrl({ streams: [{ name: 'a b', url: 'http://h:5000/cam' }, { name: 'c', url: 'http://h:5001/' }], width: 320, fps: 10 })).toBe(
      'http://h:5000/mux?streams=a%20b,c&width=320&fps=10',
    );
    expect(muxUrl({ streams: [{ name: 'a', url: 'http://h:5000/cam' }], width: 0, fps: 30 })).toBe('http://h:5000/mux?streams=a&fps=30');
    expect(snapshotUrl('http://h:5000/', 192)).toBe('http://h:5000/snapshot?width=192');
  });
});

describe('a tile', () => {
  const tick = { kind: 'tick', paused: false, sourceEnded: false, reason: '' } as const;
  const live = next(newTile(0), { kind: 'frame', timestamp: 5 }, 100);
  it('is live with the first frame', () => {
    expect(live).toMatchObject({ state: 'live', lastFrame: 100, lastTimestamp: 5 });
  });
  it('notices a stall by itself', () => {
    expect(next(live, tick, 100 + stallAfterMs - 1).state).toBe('live');
    const stalled = next(live, { ...tick, reason: 'why' }, 100 + stallAfterMs);
    expect(stalled).toMatchObject({ state: 'stalled', reason: 'why', lastFrame: 100 });
    expect(badge(stalled, 42_100)).toBe('Stalled 42 s');
    expect(next(stalled, { kind: 'frame', timestamp: 6 }, 50_000).state).toBe('live');
  });
  it('says ended when the file has', () => {
    expect(next(live, { ...tick, sourceEnded: true }, 10_000).state).toBe('ended');
  });
  it('says what the sink says of itself, and leaves stalls to the watchdog', () => {
    const stands = (tile: typeof live, state: 'live' | 'waiting' | 'unknown' | 'ended' | 'forbidden') => next(tile, { kind: 'standing', state, reason: '' }, 200);
    expect(badge(stands(newTile(0), 'waiting'), 200)).toBe('Waiting');
    expect(next(stands(newTile(0), 'waiting'), tick, 90_000)).toMatchObject({ state: 'waiting', reason: 'No picture in the topic yet' });
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
    expect([lost.state, badge(lost, 1100)]).toEqual(['error', 'Retry in 4 s']);
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
    for (let i = 0; i <= 10; i += 1) tile = next(tile, { kind: 'frame', timestamp: null }, i * 100);
    expect(fpsOf(tile, 1000)).toBe(10);
    expect(fpsOf(tile, 60_000)).toBeNull();
  });
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
      await new Promise((resolve) => setTimeout(resolve));
    }
    await Promise.all(all);
    expect(most).toBe(2);
  });
  it('forgets who gives up waiting', async () => {
    const open = new AbortController();
    const ends: (() => void)[] = [];
    const hold = () => throughGate('http://h:3/', open.signal, () => new Promise<void>((resolve) => ends.push(resolve)));
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

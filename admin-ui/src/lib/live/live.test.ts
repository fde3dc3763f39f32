import { describe, expect, it } from 'vitest';
import { frameUrl, muxUrl, snapshotUrl } from './feed';
import { headerBytes, MuxReader } from './mux';
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
      const frames = [];
      for (let at = 0; at < body.length; at += size) frames.push(...reader.push(body.subarray(at, at + size)));
      expect(frames.map((f) => [f.stream, f.offset, f.timestamp, f.contentType, [...f.data]])).toEqual([
        ['b', 7, 1234, 'image/jpeg', [1, 2, 3]], ['a', 0, 0, 'image/png', [9]],
      ]);
    }
  });
  it('may hold types and streams of a later version', () => {
    const reader = new MuxReader();
    expect(reader.push(join(message(0, 0, text({ streams: ['a'] })), message(77, 0, Uint8Array.of(1)), message(1, 5, Uint8Array.of(1)), message(1, 0, Uint8Array.of(2))))).toHaveLength(1);
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

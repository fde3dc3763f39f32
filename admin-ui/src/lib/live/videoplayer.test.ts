import { describe, expect, it } from 'vitest';
import { Boxes, Places, VideoPlayer } from '../../../../web/video.js';

const box = (name: string, body: number[] = []) => {
  const bytes = new Uint8Array(8 + body.length);
  new DataView(bytes.buffer).setUint32(0, bytes.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(body, 8);
  return bytes;
};
/** The box in front of a fragment: times in microseconds. */
function place(offset: number, decoded: number, shown: number): Uint8Array {
  const bytes = new Uint8Array(60);
  const view = new DataView(bytes.buffer);
  [BigInt(offset), BigInt(offset * 10), BigInt(decoded), BigInt(shown)].forEach((value, i) =>
    view.setBigInt64(28 + i * 8, value),
  );
  return bytes;
}

describe('boxes of an MP4', () => {
  const bytes = Uint8Array.from([...box('moof', [1, 2, 3]), ...box('mdat'), ...box('uuid', [4])]);
  it('come whole, wherever the network cuts them', () => {
    for (const size of [1, 3, 8, 11, bytes.length]) {
      const found: string[] = [];
      const boxes = new Boxes((name, each) => found.push(`${name} ${each.length}`));
      for (let at = 0; at < bytes.length; at += size) boxes.feed(bytes.subarray(at, at + size));
      expect(found).toEqual(['moof 11', 'mdat 8', 'uuid 9']);
    }
  });
  it('are refused where they cannot be any', () => {
    expect(() => new Boxes(() => {}).feed(new Uint8Array(8))).toThrow(/no MP4/);
    const huge = new Uint8Array(8);
    new DataView(huge.buffer).setUint32(0, Boxes.largest + 1);
    expect(() => new Boxes(() => {}).feed(huge)).toThrow(/no MP4/);
  });
});

describe('which frame is shown when', () => {
  // I P B B: the Bs are shown before the P.
  const places = new Places();
  for (const [offset, shown] of [
    [5, 0],
    [6, 120_000],
    [7, 40_000],
    [8, 80_000],
  ] as const)
    places.add(place(offset, (offset - 5) * 40_000, shown), offset === 5);
  it('is told by the order of showing', () => {
    expect([0, 40_000, 80_100, 120_000].map((us) => places.at(us)?.offset)).toEqual([5, 6, 7, 8]);
    expect(places.at(20_000)).toBeNull();
  });
  it('is known of an offset once nothing can come before it', () => {
    expect(places.timeOf({ offset: 7 }, false)).toBe(80_000);
    expect(places.timeOf({ offset: 8 }, false)).toBe(120_000);
    expect(places.timeOf({ time: 61 }, true)).toBe(80_000);
    expect(places.timeOf({ offset: 9 }, true)).toBeNull();
  });
  it('is forgotten of what is long ago, also where no key frame follows the first', () => {
    const endless = new Places();
    const last = Places.most + 100;
    for (let i = 0; i <= last; ++i) endless.add(place(i, i * 40_000, i * 40_000), i === 0);
    expect(endless.at(0)).toBeNull();
    expect([last, last - Places.most + 1].map((i) => endless.at(i * 40_000)?.offset)).toEqual([last, 101]);
    expect(endless.timeOf({ offset: last }, true)).toBe(last * 40_000);
  });
});

it('where there are no media sources nothing is played', () => {
  expect(VideoPlayer.possible).toBe(false);
  expect(VideoPlayer.plays('video/mp4; codecs="avc1.64001F"')).toBe(false);
});

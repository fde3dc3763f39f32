import { describe, expect, it } from 'vitest';
import { parseJump } from './jump';
import { survey } from './survey';
import {
  edgePan,
  extentOf,
  fitted,
  frameMs,
  including,
  markBetween,
  moved,
  offsetAt,
  pan,
  shareOf,
  ticks,
  timeAt,
  whole,
  zoom,
  type Seen,
} from './timeline';

const extent = { from: 1_000_000, to: 1_100_000, firstOffset: 50, lastOffset: 3050 };

describe('a timeline', () => {
  it('has no extent while the topic is empty', () => {
    expect(
      extentOf({ partition: 0, first_offset: 3, end_offset: 3, first_timestamp: null, last_timestamp: null }),
    ).toBeNull();
  });
  it('goes from time to offset and back', () => {
    expect(offsetAt(extent, 1_050_000)).toBe(1550);
    expect(timeAt(extent, 1550)).toBe(1_050_000);
    expect([offsetAt(extent, 0), offsetAt(extent, 9e12)]).toEqual([50, 3050]);
  });
  it('follows known points where time did not go evenly', () => {
    const uneven = { ...extent, points: [{ offset: 2050, time: 1_010_000 }] };
    expect(offsetAt(uneven, 1_010_000)).toBe(2050);
    expect(timeAt(uneven, 2550)).toBe(1_055_000);
  });
  it('shows all of it, and zooms down to ten frames around the anchor', () => {
    const all = whole(extent);
    expect(all.from).toBeLessThan(extent.from);
    expect(all.to).toBeGreaterThan(extent.to);
    let view = all;
    const before = shareOf(view, 1_070_000);
    view = zoom(view, 0.5, 1_070_000, extent);
    expect(shareOf(view, 1_070_000)).toBeCloseTo(before, 5);
    for (let i = 0; i < 40; i += 1) view = zoom(view, 0.5, 1_070_000, extent);
    expect((view.to - view.from) / frameMs(extent)).toBeCloseTo(10, 5);
    for (let i = 0; i < 40; i += 1) view = zoom(view, 2, 1_070_000, extent);
    expect(view.to - view.from).toBeCloseTo(all.to - all.from, 5);
  });
  it('cannot be lost by panning', () => {
    const view = fitted({ from: 1_040_000, to: 1_050_000 }, extent);
    expect(pan(view, 1e9, extent).to).toBeLessThanOrEqual(extent.to + 2000.001);
    expect(pan(view, -1e9, extent).from).toBeGreaterThanOrEqual(extent.from - 2000.001);
  });
  it('keeps the playhead in view by as little as it takes', () => {
    const view = { from: 1_040_000, to: 1_050_000 };
    expect(including(view, 1_045_000, extent)).toBe(view);
    expect(including(view, 1_050_000, extent).to).toBeGreaterThan(1_050_000);
  });
  it('pans on while a drag is held near an edge', () => {
    expect(edgePan(0.5)).toBe(0);
    expect(edgePan(0)).toBeLessThan(0);
    expect(edgePan(1)).toBeGreaterThan(0);
  });
  it('has round ticks', () => {
    const { step, times } = ticks({ from: 0, to: 60_000 }, 7);
    expect(step).toBe(10_000);
    expect(times.length).toBeLessThanOrEqual(7);
  });
  it('moves by frames, seconds and to its ends', () => {
    expect([
      moved(100, 'next', extent),
      moved(100, 'prev', extent),
      moved(100, 'forward', extent),
      moved(60, 'back', extent),
    ]).toEqual([101, 99, 130, 50]);
    expect([moved(100, 'first', extent), moved(100, 'last', extent), moved(3050, 'next', extent)]).toEqual([
      50, 3050, 3050,
    ]);
  });
});

describe('a jump', () => {
  const end = new Date(2026, 0, 31, 14, 0, 0).getTime();
  const day = { from: end - 20 * 3_600_000, to: end, firstOffset: 0, lastOffset: 999 };
  it('takes an offset that is there', () => {
    expect(parseJump('12', day)).toEqual({ offset: 12 });
    expect(parseJump('1000', day)).toHaveProperty('problem');
  });
  it('takes a time of day, of yesterday when it is later than the newest frame', () => {
    expect(parseJump('13:59:30', day)).toEqual({ time: end - 30_000 });
    expect(parseJump('23:00', day)).toEqual({ time: end - 15 * 3_600_000 });
  });
  it('takes a date and time, and a step back', () => {
    expect(parseJump('2026-01-31 13:00', day)).toEqual({ time: end - 3_600_000 });
    expect(parseJump('-30s', day)).toEqual({ time: end - 30_000 });
    expect(parseJump('-2h', day)).toEqual({ time: end - 7_200_000 });
  });
  it('says what it takes, and what is there', () => {
    expect(parseJump('yesterday', day)).toHaveProperty('problem');
    expect(parseJump('2020-01-01', day)).toHaveProperty('problem');
  });
});

describe('a survey', () => {
  const world = (frameAt: (i: number) => number, timeOf: (i: number) => number) => {
    let asked = 0;
    return {
      asked: () => asked,
      look: async (offset: number): Promise<Seen> => (
        (asked += 1),
        { offset, frame: frameAt(offset), time: timeOf(offset) }
      ),
    };
  };
  it('finds a gap exactly, by looking at few frames', async () => {
    const { look, asked } = world(
      (i) => i,
      (i) => i * 33 + (i >= 6321 ? 60_000 : 0),
    );
    const { marks } = await survey(0, 99_999, look);
    expect(marks).toEqual([{ kind: 'gap', time: 6321 * 33 + 60_000, label: 'Nothing for 60 s' }]);
    expect(asked()).toBeLessThan(60);
  });
  it('finds where the source began again', async () => {
    const { look } = world(
      (i) => i % 700,
      (i) => i * 33,
    );
    const { marks } = await survey(0, 1399, look);
    expect(marks.map((mark) => [mark.kind, mark.time])).toEqual([['loop', 700 * 33]]);
  });
  it('keeps to its budget', async () => {
    const { look, asked } = world(
      (i) => i % 10,
      (i) => i * 33,
    );
    await survey(0, 99_999, look, 80);
    expect(asked()).toBeLessThanOrEqual(80);
  });
  it('marks nothing where all is well', async () => {
    const { look } = world(
      (i) => i,
      (i) => i * 33,
    );
    expect((await survey(0, 5000, look)).marks).toEqual([]);
    expect(markBetween({ offset: 1, time: 0, frame: 1 }, { offset: 5, time: 99_999, frame: 5 }, 33)).toBeNull();
    // Pictures of video are shown in another order than they are decoded in.
    expect(markBetween({ offset: 1, time: 0, frame: 4 }, { offset: 2, time: 33, frame: 2 }, 33)).toBeNull();
    expect(markBetween({ offset: 1, time: 0, frame: 4 }, { offset: 2, time: 33, frame: 0 }, 33)?.kind).toBe('loop');
  });
});

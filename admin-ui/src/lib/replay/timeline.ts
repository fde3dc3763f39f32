// The math of a timeline: a window of time over a topic's extent, and what zoom, pan and keys do to it. Offsets are
// placed on it by their time; between two known points the frames are taken as evenly spread.
import type { PartitionExtent } from '../../api/types';

export interface Span {
  from: number;
  to: number;
}
export interface Point {
  offset: number;
  time: number;
}
export interface Extent extends Span {
  firstOffset: number;
  /** The newest frame's. */
  lastOffset: number;
  /** Frames between whose time is known, in order. */
  points?: Point[];
}

export function extentOf(partition: PartitionExtent): Extent | null {
  if (partition.end_offset <= partition.first_offset) return null;
  const from = partition.first_timestamp ?? 0;
  const to = partition.last_timestamp ?? from;
  return {
    from,
    to: Math.max(to, from + 1),
    firstOffset: partition.first_offset,
    lastOffset: partition.end_offset - 1,
  };
}

/** What a frame lasts, on the average. */
export function frameMs(extent: Extent): number {
  return Math.max(1, (extent.to - extent.from) / Math.max(1, extent.lastOffset - extent.firstOffset));
}

export const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);

function pointsOf(extent: Extent): Point[] {
  const inner = (extent.points ?? []).filter((p) => p.offset > extent.firstOffset && p.offset < extent.lastOffset);
  return [{ offset: extent.firstOffset, time: extent.from }, ...inner, { offset: extent.lastOffset, time: extent.to }];
}

/** The value at `x` on the line through the points around it. */
function between(points: Point[], x: number, of: (p: Point) => number, to: (p: Point) => number): number {
  let i = 1;
  while (i < points.length - 1 && of(points[i]!) < x) i += 1;
  const [a, b] = [points[i - 1]!, points[i]!];
  const span = of(b) - of(a);
  return span <= 0 ? to(a) : to(a) + ((x - of(a)) / span) * (to(b) - to(a));
}

export function offsetAt(extent: Extent, time: number): number {
  if (extent.lastOffset <= extent.firstOffset) return extent.firstOffset;
  const offset = between(
    pointsOf(extent),
    clamp(time, extent.from, extent.to),
    (p) => p.time,
    (p) => p.offset,
  );
  return clamp(Math.round(offset), extent.firstOffset, extent.lastOffset);
}

export function timeAt(extent: Extent, offset: number): number {
  if (extent.lastOffset <= extent.firstOffset) return extent.from;
  return between(
    pointsOf(extent),
    clamp(offset, extent.firstOffset, extent.lastOffset),
    (p) => p.offset,
    (p) => p.time,
  );
}

/** Not narrower than ten frames, not wider than the extent with a margin, and always over some of it. */
export function fitted(window: Span, extent: Extent): Span {
  const whole = extent.to - extent.from;
  const margin = whole * 0.02;
  const narrowest = Math.min(frameMs(extent) * 10, whole);
  const width = clamp(window.to - window.from, narrowest, whole + 2 * margin);
  const centre = (window.from + window.to) / 2;
  const from = clamp(
    centre - width / 2,
    extent.from - margin,
    Math.max(extent.from - margin, extent.to + margin - width),
  );
  return { from, to: from + width };
}

export const whole = (extent: Extent): Span =>
  fitted({ from: extent.from - (extent.to - extent.from), to: extent.to + (extent.to - extent.from) }, extent);

/** `factor` below 1 zooms in; the time `anchor` keeps its place on the screen. */
export function zoom(window: Span, factor: number, anchor: number, extent: Extent): Span {
  const from = anchor - (anchor - window.from) * factor;
  return fitted({ from, to: from + (window.to - window.from) * factor }, extent);
}

export function pan(window: Span, ms: number, extent: Extent): Span {
  return fitted({ from: window.from + ms, to: window.to + ms }, extent);
}

/** The window with `time` in it: moved by as little as it takes. */
export function including(window: Span, time: number, extent: Extent): Span {
  const width = window.to - window.from;
  const edge = width * 0.08;
  if (time < window.from + edge) return pan(window, time - edge - window.from, extent);
  if (time > window.to - edge) return pan(window, time + edge - window.to, extent);
  return window;
}

/** How far to pan, in parts of the window's width, while a drag is held at `share` of it: on from within 6 % of an edge. */
export function edgePan(share: number): number {
  if (share < 0.06) return -(0.06 - share) / 2;
  if (share > 0.94) return (share - 0.94) / 2;
  return 0;
}

export const shareOf = (window: Span, time: number) => (time - window.from) / (window.to - window.from);

const tickSteps = [1, 2, 5, 10, 20, 50, 100, 200, 500]
  .concat([1, 2, 5, 10, 15, 30].map((s) => s * 1000))
  .concat([1, 2, 5, 10, 15, 30].map((m) => m * 60_000))
  .concat([1, 2, 3, 6, 12].map((h) => h * 3_600_000))
  .concat([1, 2, 7, 14, 30].map((d) => d * 86_400_000));

export interface Ticks {
  step: number;
  times: number[];
}

/** Round times, at most `most` of them, aligned to the viewer's own midnight. */
export function ticks(window: Span, most: number): Ticks {
  const width = window.to - window.from;
  const step = tickSteps.find((candidate) => width / candidate <= most) ?? tickSteps.at(-1)!;
  const shift = new Date(window.from).getTimezoneOffset() * 60_000;
  const times: number[] = [];
  for (let time = Math.ceil((window.from - shift) / step) * step + shift; time <= window.to; time += step)
    times.push(time);
  return { step, times };
}

export type Move = 'prev' | 'next' | 'back' | 'forward' | 'first' | 'last';

/** Where a key leads from `offset`: one frame, one second, or an end. */
export function moved(offset: number, move: Move, extent: Extent): number {
  const second = Math.max(1, Math.round(1000 / frameMs(extent)));
  const target: Record<Move, number> = {
    prev: offset - 1,
    next: offset + 1,
    back: offset - second,
    forward: offset + second,
    first: extent.firstOffset,
    last: extent.lastOffset,
  };
  return clamp(target[move], extent.firstOffset, extent.lastOffset);
}

export interface Mark {
  time: number;
  kind: 'gap' | 'loop' | 'restart';
  label: string;
}

export interface Seen {
  offset: number;
  time: number;
  /** The frame's number in its source; null: unknown. */
  frame: number | null;
}

/** Frames of video are numbered as they are decoded, and so far they may stand from where they are shown. */
export const reordered = 16;
const goesBack = (a: number, b: number) => b < a && (b === 0 || a - b > reordered);

/** What lies between two frames that were seen one after the other. */
export function markBetween(a: Seen, b: Seen, usualMs: number): Mark | null {
  if (b.offset !== a.offset + 1) return null;
  if (a.frame !== null && b.frame !== null && goesBack(a.frame, b.frame)) {
    return {
      time: b.time,
      kind: 'loop',
      label: `Frame ${a.frame} is followed by frame ${b.frame}: the source began again`,
    };
  }
  const gap = b.time - a.time;
  if (gap > Math.max(2000, usualMs * 10))
    return { time: b.time, kind: 'gap', label: `Nothing for ${Math.round(gap / 1000)} s` };
  return null;
}

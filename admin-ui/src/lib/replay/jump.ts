// What a person types to jump: an offset, a clock time, a date and time, or a distance back from the newest frame.
import type { Extent } from './timeline';
import { offsetAt } from './timeline';

export type Jump = { offset: number } | { time: number } | { problem: string };

const units: Record<string, number> = { ms: 1, s: 1000, min: 60_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export function parseJump(text: string, extent: Extent): Jump {
  const typed = text.trim();
  const offset = /^#?(\d{1,15})$/.exec(typed);
  if (offset) {
    const value = Number(offset[1]);
    if (value < extent.firstOffset || value > extent.lastOffset) {
      return { problem: `Offset ${value} is not in the topic: it holds ${extent.firstOffset} to ${extent.lastOffset}` };
    }
    return { offset: value };
  }
  const back = /^-\s*(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)$/i.exec(typed);
  if (back) return within(extent.to - Number(back[1]) * units[back[2]!.toLowerCase()]!, extent);
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?$/.exec(typed);
  if (clock) {
    const time = new Date(extent.to);
    time.setHours(Number(clock[1]), Number(clock[2]), Number(clock[3] ?? 0), Number((clock[4] ?? '0').padEnd(3, '0')));
    // A time of day later than the newest frame was yesterday's.
    if (time.getTime() > extent.to + 1000) time.setDate(time.getDate() - 1);
    return within(time.getTime(), extent);
  }
  const time = /^\d{4}-\d{2}-\d{2}/.test(typed) ? Date.parse(typed.replace(' ', 'T')) : NaN;
  if (Number.isNaN(time))
    return {
      problem: 'Type an offset (1200), a time (14:18:02), a date and time (2026-01-31 14:18), or a step back (-30s)',
    };
  return within(time, extent);
}

function within(time: number, extent: Extent): Jump {
  if (time < extent.from - 1000 || time > extent.to + 1000) {
    const at = (t: number) => new Date(t).toLocaleString();
    return { problem: `Nothing is stored for that moment: the topic holds ${at(extent.from)} to ${at(extent.to)}` };
  }
  return { time: Math.min(Math.max(time, extent.from), extent.to) };
}

/** A first guess at the offset; the frame that comes back tells its real time. */
export const guessOffset = (jump: { offset: number } | { time: number }, extent: Extent) =>
  'offset' in jump ? jump.offset : offsetAt(extent, jump.time);

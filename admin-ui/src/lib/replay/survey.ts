// Finds the gaps, loops and restarts of a topic by looking at few of its frames: evenly spread ones first, then ever
// closer around each place where time or frame numbers do not go on as they should.
import { markBetween, reordered, type Mark, type Seen } from './timeline';

export interface Survey {
  seen: Seen[];
  marks: Mark[];
}

const spread = 24;
const mostMarks = 60;

/** How far an interval is from going on evenly: 0 when nothing is wrong in it. */
function strangeness(a: Seen, b: Seen, usualMs: number): number {
  const frames = b.offset - a.offset;
  const late = b.time - a.time - frames * usualMs;
  const gap = late > Math.max(2000, usualMs * 10) ? late : 0;
  const loops = a.frame !== null && b.frame !== null && Math.abs(b.frame - a.frame - frames) > reordered ? 500 : 0;
  return gap + loops;
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** `look` tells a frame, or null where there is none (any more). At most `budget` frames are looked at. */
export async function survey(
  first: number,
  last: number,
  look: (offset: number) => Promise<Seen | null>,
  budget = 120,
  onProgress: (found: Survey) => void = () => {},
): Promise<Survey> {
  const seen: Seen[] = [];
  let left = budget;
  const ask = async (offset: number): Promise<void> => {
    if (left <= 0 || seen.some((s) => s.offset === offset)) return;
    left -= 1;
    const found = await look(offset);
    if (found) seen.push(found);
    seen.sort((a, b) => a.offset - b.offset);
  };
  const steps = Math.min(spread, last - first);
  for (let i = 0; i <= steps; i += 1) await ask(Math.round(first + ((last - first) * i) / Math.max(1, steps)));
  const pairs = () => seen.slice(1).map((b, i) => [seen[i]!, b] as const);
  const usualMs = Math.max(1, median(pairs().map(([a, b]) => (b.time - a.time) / (b.offset - a.offset))));
  const result = (): Survey => ({
    seen: [...seen],
    marks: pairs()
      .map(([a, b]) => markBetween(a, b, usualMs))
      .filter((mark) => mark !== null)
      .slice(0, mostMarks),
  });
  onProgress(result());
  while (left > 0) {
    const wide = pairs().filter(([a, b]) => b.offset - a.offset > 1);
    const strangest = wide.map(([a, b]) => ({ a, b, by: strangeness(a, b, usualMs) })).sort((x, y) => y.by - x.by)[0];
    if (!strangest || strangest.by === 0) break;
    const before = seen.length;
    await ask(Math.floor((strangest.a.offset + strangest.b.offset) / 2));
    if (seen.length === before) break;
    if (left % 8 === 0) onProgress(result());
  }
  return result();
}

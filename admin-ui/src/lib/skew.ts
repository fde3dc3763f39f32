// The worker's clock, as its answers tell it. Ages of records are told by it: the browser's own clock may be wrong.

/** Between a wrong clock and a slow answer: bounds on what to add to the browser's time to get the worker's, in ms. */
export interface Skew {
  least: number;
  most: number;
}

export const noSkew: Skew = { least: -Infinity, most: Infinity };

/**
 * What an answer adds that was asked at `asked` and came at `came` (the browser's time), with a Date of whole seconds.
 * Bounds that no longer meet are of a clock that was set meanwhile: then the newest answer alone counts.
 */
export function observed(skew: Skew, date: number, asked: number, came: number): Skew {
  const fresh = { least: date - came, most: date + 1000 - asked };
  if (!Number.isFinite(date) || came < asked || fresh.most < fresh.least) return skew;
  const both = { least: Math.max(skew.least, fresh.least), most: Math.min(skew.most, fresh.most) };
  return both.least <= both.most ? both : fresh;
}

/** What to add; clocks that may agree do. */
export function correction({ least, most }: Skew): number {
  if (least <= 0 && most >= 0) return 0;
  return Math.round((Math.max(least, -1e15) + Math.min(most, 1e15)) / 2);
}

let skew = noSkew;

export function tellDate(header: string | null, asked: number, came: number): void {
  if (header !== null) skew = observed(skew, Date.parse(header), asked, came);
}

/** The worker's time as far as it is known. */
export const workerNow = (): number => Date.now() + correction(skew);

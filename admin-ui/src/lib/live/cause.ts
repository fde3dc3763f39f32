// Why a picture stands still, by what the worker says of the sink and of the sources of its topic.
import { clock, day } from '../format';
import type { Vitals } from '../vitals';
import { isOld, type Tile } from './tile';

export interface Cause {
  /** A word or two for a badge. */
  badge: string;
  /** The same as a sentence without its stop. */
  text: string;
  /** The sink itself is in the way: it does not even look whether its topic has a picture. */
  ofSink?: boolean;
}

const said = (badge: string, text = badge): Cause => ({ badge, text });

/** `sources`: of the sink's topics. null: nothing that the worker knows of stands in the way. */
export function causeOf(sink: Vitals | undefined, sources: Vitals[]): Cause | null {
  if (
    sink &&
    (sink.severity === 'failed' ||
      sink.severity === 'stopped' ||
      sink.severity === 'paused' ||
      sink.severity === 'starting')
  ) {
    return { ...said(`Sink ${sink.severity}`), ofSink: true };
  }
  if (sources.length === 0) return said('No source', 'No source here writes to its topic');
  // One that runs can bring the next picture at any time.
  if (sources.some((source) => source.severity === 'running' || source.severity === 'lagging')) return null;
  const told = (['failed', 'stalled', 'starting', 'paused', 'stopped'] as const).find((severity) =>
    sources.some((source) => source.severity === severity),
  );
  if (!told) return said('Ended', 'The source has sent all');
  const one = sources.find((source) => source.severity === told)!;
  const why = told === 'stalled' && one.hint !== '' ? `: ${one.hint[0]!.toLowerCase()}${one.hint.slice(1)}` : '';
  return said(`Source ${told}`, `Source ${told}${why}`);
}

/** 06:20:29, with the day when that is not today's. */
export function momentOf(time: number, workerNow: number): string {
  return day(time) === day(workerNow) ? clock(time) : `${day(time)} ${clock(time)}`;
}

/** What of `cause` explains how the tile stands. */
export function causeFor(tile: Tile, cause: Cause | null): Cause | null {
  if (tile.state === 'waiting') return cause?.ofSink ? cause : null;
  return tile.state === 'stalled' || tile.state === 'ended' ? cause : null;
}

/** What a tile says over a picture that is not of now: why, and when it was taken; empty: there is nothing to say. */
export function standsBecause(tile: Tile, cause: Cause | null, workerNow: number): string {
  if (!isOld(tile) || tile.state === 'connecting') return '';
  const known = causeFor(tile, cause);
  const why = known?.text ?? (tile.reason || (tile.lastFrame === null ? 'No picture has come yet' : 'No new picture'));
  const last =
    tile.pictureAt === null || tile.state === 'waiting' ? '' : ` · last picture ${momentOf(tile.pictureAt, workerNow)}`;
  return why[0]!.toUpperCase() + why.slice(1) + last;
}

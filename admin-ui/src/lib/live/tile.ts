// The state of one tile of the wall. <img> and sockets say nothing when a stream stalls, so the tile watches for itself:
// that frames keep coming, by the browser's clock, and how old each is, by the worker's.

import { duration } from '../format';
import type { StreamState } from './mux';

export type TileState = 'connecting' | 'waiting' | 'live' | 'late' | 'stalled' | 'paused' | 'ended' | 'error';

export interface Tile {
  state: TileState;
  /** When the last frame came, by the browser's clock; null: none yet. */
  lastFrame: number | null;
  /** When the last picture was taken, by the worker's clock; null: no record has said. */
  pictureAt: number | null;
  /** How old the last frame was when it came; null: not known. */
  age: number | null;
  since: number;
  attempt: number;
  retryAt: number | null;
  reason: string;
  /** Times of the latest frames, for the rate. */
  recent: number[];
}

export const stallAfterMs = 3000;
/** A picture that is older than this when it comes is not live. */
export const lateAfterMs = 10_000;
const keep = 20;

export function newTile(now: number): Tile {
  return {
    state: 'connecting',
    lastFrame: null,
    pictureAt: null,
    age: null,
    since: now,
    attempt: 0,
    retryAt: null,
    reason: '',
    recent: [],
  };
}

export type TileEvent =
  /**
   * `timestamp`: the record's own time; null: it has none. `fed`: something may bring another. `shown`: when it and those
   * that were not told of came; nothing: now, it alone.
   */
  | { kind: 'frame'; timestamp: number | null; workerNow: number; fed: boolean; shown?: number[] }
  | { kind: 'tick'; paused: boolean; sourceEnded: boolean; reason: string }
  | { kind: 'standing'; state: StreamState; reason: string }
  | { kind: 'lost'; reason: string; retryAt: number | null }
  | { kind: 'connecting' };

export function next(tile: Tile, event: TileEvent, now: number): Tile {
  const become = (state: TileState, change: Partial<Tile> = {}): Tile =>
    tile.state === state ? { ...tile, ...change } : { ...tile, state, since: now, ...change };
  /** What the sink says of itself. That it is alive without a new frame is the watchdog's to judge. */
  const stands = (state: StreamState, reason: string): Tile => {
    if (tile.state === 'paused') return tile;
    const shows =
      tile.state === 'live' ||
      tile.state === 'late' ||
      tile.state === 'stalled' ||
      (tile.state === 'ended' && tile.lastFrame !== null);
    switch (state) {
      case 'live':
        return shows ? tile : become('connecting', { retryAt: null });
      case 'waiting':
        return become('waiting', { reason: reason || 'No picture in the topic yet', retryAt: null });
      case 'ended':
        return become('ended', { reason: reason || 'The sink has stopped', retryAt: null });
      case 'unknown':
        return become('error', { reason: reason || 'The worker runs no such sink', retryAt: null });
      case 'forbidden':
        return become('error', {
          reason: reason || 'The sink does not let this page see it (access.control.allow.origin)',
          retryAt: null,
        });
    }
  };
  switch (event.kind) {
    case 'frame': {
      const age = event.timestamp === null ? null : Math.max(0, event.workerNow - event.timestamp);
      const recent = [...tile.recent, ...(event.shown ?? [now])].slice(-keep);
      const change = { lastFrame: now, age, attempt: 0, retryAt: null, reason: '', recent };
      // The first picture may be all there is: that a stream moves is known once another has come after it.
      const moves = tile.recent.length > 0 && now - tile.recent.at(-1)! < stallAfterMs;
      const young = age === null || age <= lateAfterMs;
      if (young && (event.fed || moves))
        return become('live', { ...change, pictureAt: event.timestamp ?? event.workerNow });
      if (moves) return become('late', { ...change, pictureAt: event.timestamp });
      return become(tile.state === 'ended' ? 'ended' : 'stalled', {
        ...change,
        pictureAt: event.timestamp,
        reason: tile.reason,
      });
    }
    case 'connecting':
      return tile.state === 'live' || tile.state === 'late'
        ? tile
        : become('connecting', { retryAt: null, recent: [] });
    case 'lost':
      return become('error', { reason: event.reason, retryAt: event.retryAt, attempt: tile.attempt + 1, recent: [] });
    case 'standing':
      return stands(event.state, event.reason);
    case 'tick': {
      if (event.paused) return become('paused');
      if (tile.state === 'paused')
        return become('connecting', { lastFrame: null, pictureAt: null, age: null, recent: [] });
      if (tile.state === 'error' || tile.state === 'waiting' || tile.state === 'ended') return tile;
      const quiet = now - (tile.lastFrame ?? tile.since);
      if (quiet < stallAfterMs && tile.state !== 'stalled') return tile;
      if (event.sourceEnded) return become('ended', { reason: 'The source has sent all' });
      return become('stalled', { reason: event.reason });
    }
  }
}

/** Frames per second over the latest frames; null: too few to say. */
export function fpsOf(tile: Tile, now: number): number | null {
  const recent = tile.recent.filter((time) => now - time < 5000);
  const first = recent[0];
  const last = recent.at(-1);
  if (recent.length < 3 || first === undefined || last === undefined || last === first) return null;
  return ((recent.length - 1) * 1000) / (last - first);
}

/**
 * How the stream is, in a word or two. `now` is the browser's time, `workerNow` the worker's; `cause` says why a picture
 * stands still, where the worker knows.
 */
export function badge(tile: Tile, now: number, workerNow: number, cause = ''): string {
  switch (tile.state) {
    case 'live':
      return 'Live';
    case 'late':
      return `${duration(tile.age ?? 0)} late`;
    case 'connecting':
      return 'Connecting';
    case 'waiting':
      return cause || 'Waiting';
    case 'paused':
      return 'Paused';
    case 'ended':
      return cause || 'Ended';
    case 'stalled': {
      if (cause) return cause;
      // Before the first picture nobody knows since when there is none.
      return tile.pictureAt === null ? 'No picture' : `Stalled ${duration(Math.max(0, workerNow - tile.pictureAt))}`;
    }
    case 'error':
      return tile.retryAt === null ? 'No picture' : `Retry in ${Math.max(0, Math.ceil((tile.retryAt - now) / 1000))} s`;
  }
}

/** Whether what is shown is not what happens now. */
export const isOld = (tile: Tile): boolean => tile.state !== 'live' && tile.state !== 'late' && tile.state !== 'paused';

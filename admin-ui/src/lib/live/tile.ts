// The state of one tile of the wall. <img> and sockets say nothing when a stream stalls, so the tile watches for itself.

import type { StreamState } from './mux';

export type TileState = 'connecting' | 'waiting' | 'live' | 'stalled' | 'paused' | 'ended' | 'error';

export interface Tile {
  state: TileState;
  /** When the last frame was drawn; null: none yet. */
  lastFrame: number | null;
  /** The frame's own time, to tell its age. */
  lastTimestamp: number | null;
  since: number;
  attempt: number;
  retryAt: number | null;
  reason: string;
  /** Times of the latest frames, for the rate. */
  recent: number[];
}

export const stallAfterMs = 3000;
const keep = 20;

export function newTile(now: number): Tile {
  return { state: 'connecting', lastFrame: null, lastTimestamp: null, since: now, attempt: 0, retryAt: null, reason: '', recent: [] };
}

export type TileEvent =
  | { kind: 'frame'; timestamp: number | null }
  | { kind: 'tick'; paused: boolean; sourceEnded: boolean; reason: string }
  | { kind: 'standing'; state: StreamState; reason: string }
  | { kind: 'lost'; reason: string; retryAt: number }
  | { kind: 'connecting' };

export function next(tile: Tile, event: TileEvent, now: number): Tile {
  const become = (state: TileState, change: Partial<Tile> = {}): Tile =>
    tile.state === state ? { ...tile, ...change } : { ...tile, state, since: now, ...change };
  /** What the sink says of itself. That it is alive without a new frame is the watchdog's to judge. */
  const stands = (state: StreamState, reason: string): Tile => {
    if (tile.state === 'paused') return tile;
    switch (state) {
      case 'live': return tile.state === 'live' || tile.state === 'stalled' || (tile.state === 'ended' && tile.lastFrame !== null) ? tile : become('connecting', { retryAt: null });
      case 'waiting': return become('waiting', { reason: reason || 'No picture in the topic yet', retryAt: null });
      case 'ended': return become('ended', { reason: reason || 'The sink has stopped', retryAt: null });
      case 'unknown': return become('error', { reason: reason || 'The worker runs no such sink', retryAt: null });
      case 'forbidden': return become('error', { reason: reason || 'The sink does not let this page see it (access.control.allow.origin)', retryAt: null });
    }
  };
  switch (event.kind) {
    case 'frame':
      return become('live', {
        lastFrame: now, lastTimestamp: event.timestamp, attempt: 0, retryAt: null, reason: '', recent: [...tile.recent, now].slice(-keep),
      });
    case 'connecting':
      return tile.state === 'live' ? tile : become('connecting', { retryAt: null });
    case 'lost':
      return become('error', { reason: event.reason, retryAt: event.retryAt, attempt: tile.attempt + 1 });
    case 'standing':
      return stands(event.state, event.reason);
    case 'tick': {
      if (event.paused) return become('paused');
      if (tile.state === 'paused') return become('connecting', { lastFrame: null });
      if (tile.state === 'error' || tile.state === 'waiting' || tile.state === 'ended') return tile;
      const quiet = now - (tile.lastFrame ?? tile.since);
      if (quiet < stallAfterMs) return tile;
      if (event.sourceEnded) return become('ended', { reason: 'The file has ended' });
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

export function badge(tile: Tile, now: number): string {
  switch (tile.state) {
    case 'live': return 'Live';
    case 'connecting': return 'Connecting';
    case 'waiting': return 'Waiting';
    case 'paused': return 'Paused';
    case 'ended': return 'Ended';
    case 'stalled': return `Stalled ${Math.round((now - (tile.lastFrame ?? tile.since)) / 1000)} s`;
    case 'error': return tile.retryAt === null ? 'No picture' : `Retry in ${Math.max(0, Math.ceil((tile.retryAt - now) / 1000))} s`;
  }
}

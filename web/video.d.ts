// The types of video.js.

/** Takes bytes as they come and gives whole boxes of an MP4. */
export class Boxes {
  /** In bytes; what says that it is larger is no MP4 of a sink's. */
  static readonly largest: number;
  constructor(take: (name: string, box: Uint8Array) => void);
  /** Throws where it is no MP4. */
  feed(chunk: Uint8Array): void;
}

export interface Place {
  partition: number;
  offset: number;
  /** Of the record, in milliseconds since 1970. */
  time: number;
}
/** Where one has jumped to: a place, or the first one of a time. */
export type Target = { partition?: number; offset: number; time?: undefined } | { time: number };

export class Places {
  /** How many of one group are remembered. */
  static readonly most: number;
  /** `box`: the one in front of a fragment; `key`: that is a key frame. When it is shown, in microseconds. */
  add(box: Uint8Array, key: boolean): number;
  at(us: number): Place | null;
  timeOf(target: Target, quiet: boolean): number | null;
}

export class NotPlayed extends Error {}

export interface VideoEvents {
  /** `exact`: it is what was asked for, and not a key frame on the way to it. */
  frame(place: Place & { exact: boolean }, picture: VideoFrame | HTMLVideoElement): void;
  failed(error: NotPlayed): void;
}

export class VideoPlayer {
  static readonly possible: boolean;
  /** `type`: a Content-Type with its codecs. */
  static plays(type: string): boolean;
  constructor(
    video: HTMLVideoElement,
    type: string,
    options: { target?: Target | null; exact?: boolean },
    on: VideoEvents,
  );
  /** Throws where it is no MP4. */
  feed(bytes: Uint8Array): void;
  stop(): void;
}

// Plays a topic's frames: what the browser plays as it is out of a sink's /video, everything else, and single frames, out
// of its /frames: one request at a time, the newest wish wins. It never goes to live by itself, and stays where it is when
// it cannot go on.
import { load } from '../../api/client';
import { credentialsFor } from '../session.svelte';
import { below, frameUrl, refusalOf, silenceOf, snapshotUrl } from '../live/feed';
import { count } from '../format';
import { throughGate } from '../live/gate';
import type { StreamEvents } from './stream';
import { survey, type Survey } from './survey';
import type { Place } from '../../../../web/video.js';
import { clamp, frameMs, moved, timeAt, type Extent, type Move, type Seen } from './timeline';

export interface Shown {
  offset: number;
  time: number;
  contentType: string;
  /** The picture; null while a video plays, of which it is a part. */
  data: Blob | null;
  width: number;
  height: number;
  headers: [name: string, value: string][];
  /** Of a record without one, null; an empty key is a key; undefined: it is not known. */
  key?: string | null;
  /** Its value is null: there is no picture, and nothing is wrong. */
  tombstone: boolean;
}

const livePollMs = 150;
const maxGapMs = 2000;
const reconnectMs = 1000;
/** From there on video has key frames only: any of them will do. */
const keyFramesFrom = 4;
const prefix = 'x-framespool-';
const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?…]$/.test(text) ? '' : '.');

export class Player {
  shown = $state.raw<Shown | null>(null);
  playing = $state(false);
  live = $state(false);
  speed = $state(1);
  error = $state('');
  /** Where the playhead is asked to be; the picture follows. */
  offset = $state(0);
  found = $state.raw<Survey>({ seen: [], marks: [] });
  waiting = $state(false);

  private canvas: HTMLCanvasElement | null = null;
  private wanted: number | null = null;
  private busy = false;
  private jumping = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private controller = new AbortController();
  private streaming: { stop(): void } | null = null;
  private followers = 0;
  /** Whether there is video that this browser plays; where it is not known it is tried. */
  private native: boolean;

  /** `merged`: the topic has partitions besides, which a video would have between. */
  constructor(
    readonly url: string,
    readonly partition: number,
    private extent: () => Extent | null,
    merged = false,
  ) {
    this.native = typeof MediaSource !== 'undefined' && !merged;
    document.addEventListener('visibilitychange', this.onVisibility);
  }

  /** Where it shows. */
  attach(canvas: HTMLCanvasElement): void {
    this.canvas = canvas;
    if (this.native && this.live) this.proceed();
  }

  stop(): void {
    this.playing = false;
    this.live = false;
    document.removeEventListener('visibilitychange', this.onVisibility);
    this.halt();
    this.controller.abort();
  }

  /** A hidden page would go on receiving at the full rate. */
  private onVisibility = (): void => {
    if (document.hidden) this.endStream();
    else if (this.native && (this.playing || this.live)) this.proceed();
  };

  private endStream(): void {
    this.streaming?.stop();
    this.streaming = null;
  }

  /** Nothing goes on by itself any more. */
  private halt(): void {
    clearTimeout(this.timer);
    this.endStream();
  }

  /** Goes on from here: behind the frame that is shown, or at the newest. */
  private proceed(): void {
    this.halt();
    if (this.native) this.watch();
    else if (this.live) void this.followLive();
    else this.go(this.offset + 1);
  }

  private watch(): void {
    const { canvas } = this;
    if (!canvas || document.hidden) return;
    const target = { partition: this.partition, offset: this.offset + 1 };
    const query = new URLSearchParams(this.live ? { playback: 'live' } : { from: String(target.offset) });
    if (!this.live && this.speed !== 1) query.set('speed', String(this.speed));
    const url = below(this.url, `video?${query.toString()}`);
    this.expectMore();
    const events: StreamEvents = {
      frame: (place, width, height) => this.note(place, width, height),
      notPlayed: () => {
        this.native = false;
        this.proceed();
      },
      end: (error) => {
        this.halt();
        if (error) this.error = error instanceof TypeError ? silenceOf(url) : sentence(error.message);
        this.timer = setTimeout(() => (this.live || this.playing) && this.proceed(), reconnectMs);
      },
    };
    let stopped = false;
    let running: { stop(): void } | null = null;
    this.streaming = {
      stop: () => {
        stopped = true;
        running?.stop();
      },
    };
    const from = this.live || this.speed >= keyFramesFrom ? null : target;
    // Its script comes with the first one.
    void load(() => import('./stream')).then(
      ({ stream }) => {
        if (!stopped) running = stream(url, canvas, from, events);
      },
      () => stopped || events.notPlayed(),
    );
  }

  /** Says that it waits where nothing comes behind the newest frame. */
  private expectMore(): void {
    clearTimeout(this.timer);
    this.waiting = false;
    this.timer = setTimeout(() => {
      const extent = this.extent();
      this.waiting = this.playing && extent !== null && this.offset >= extent.lastOffset;
    }, 500);
  }

  private note({ offset, time }: Place, width: number, height: number): void {
    this.error = '';
    this.offset = offset;
    this.shown = { offset, time, contentType: 'video', data: null, width, height, headers: [], tombstone: false };
    this.expectMore();
  }

  /** The picture that is shown, to be saved. */
  async picture(): Promise<{ offset: number; data: Blob } | null> {
    if (!this.shown) return null;
    const { offset } = this.shown;
    const data = this.shown.data ?? (await this.fetchFrame(this.at(offset), offset))?.data;
    return data ? { offset, data } : null;
  }

  pace(speed: number): void {
    this.speed = speed;
    if (this.streaming && this.playing) this.proceed();
  }

  /** Goes to an offset and stays there. */
  seek(offset: number): void {
    this.live = false;
    this.halt();
    this.go(offset);
  }

  step(move: Move): void {
    const extent = this.extent();
    if (!extent) return;
    this.playing = false;
    if ((move === 'back' || move === 'forward') && this.shown?.offset === this.offset)
      void this.stepSecond(this.shown, move, extent);
    else this.seek(moved(this.offset, move, extent));
  }

  /** A second by the frames' own times; over a gap, to the next frame. */
  private async stepSecond(from: Shown, move: 'back' | 'forward', extent: Extent): Promise<void> {
    if (this.jumping) return;
    this.jumping = true;
    await this.seekTime(clamp(from.time + (move === 'forward' ? 1000 : -1000), extent.from, extent.to));
    this.jumping = false;
    if (this.offset === from.offset) this.seek(moved(from.offset, move === 'forward' ? 'next' : 'prev', extent));
  }

  async seekTime(time: number): Promise<void> {
    this.live = false;
    this.playing = false;
    this.halt();
    const at = await this.fetchFrame(`${snapshotUrl(this.url)}?at=${encodeURIComponent(new Date(time).toISOString())}`);
    if (at) await this.draw(at);
  }

  toggle(): void {
    this.live = false;
    this.playing = !this.playing;
    this.halt();
    if (this.playing) this.proceed();
    // What a video is stopped at is a frame like any other.
    else if (this.shown?.data === null) this.go(this.shown.offset);
  }

  /** The newest frame, and on with it. */
  goLive(): void {
    this.playing = false;
    this.live = true;
    this.proceed();
  }

  private async followLive(): Promise<void> {
    // One that waits for a picture when another begins ends with that.
    const follower = ++this.followers;
    const follows = () => this.live && follower === this.followers && !this.controller.signal.aborted;
    while (follows()) {
      if (!document.hidden) {
        const frame = await this.fetchFrame(snapshotUrl(this.url));
        if (frame && follows()) await this.draw(frame);
      }
      await new Promise((resolve) => (this.timer = setTimeout(resolve, livePollMs)));
    }
  }

  private go(offset: number): void {
    const extent = this.extent();
    if (!extent) return;
    if (this.playing && offset > extent.lastOffset) {
      // At the newest frame: wait for the next one, do not jump anywhere.
      this.waiting = true;
      this.timer = setTimeout(() => this.playing && this.go(offset), 250);
      return;
    }
    this.waiting = false;
    this.offset = clamp(offset, extent.firstOffset, extent.lastOffset);
    this.wanted = this.offset;
    void this.work();
  }

  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    while (this.wanted !== null && !this.controller.signal.aborted) {
      const offset = this.wanted;
      this.wanted = null;
      const started = performance.now();
      const frame = await this.fetchFrame(this.at(offset), offset);
      if (!frame) {
        this.playing = false;
        break;
      }
      const before = this.shown;
      await this.draw(frame, this.wanted === null && !this.streaming);
      if (this.playing && this.wanted === null && !this.streaming)
        this.schedule(before, frame, performance.now() - started);
    }
    this.busy = false;
  }

  private schedule(before: Shown | null, frame: Shown, took: number): void {
    const extent = this.extent();
    const usual = extent ? frameMs(extent) : 40;
    const gap = before && before.offset === frame.offset - 1 ? frame.time - before.time : usual;
    const wait = clamp(gap > 0 ? gap : usual, 1, maxGapMs) / this.speed - took;
    this.timer = setTimeout(() => this.playing && this.go(frame.offset + 1), Math.max(0, wait));
  }

  private at(offset: number, width = 0): string {
    const query = new URLSearchParams();
    if (this.partition > 0) query.set('partition', String(this.partition));
    if (width > 0) query.set('width', String(width));
    const text = query.toString();
    return frameUrl(this.url, offset) + (text === '' ? '' : `?${text}`);
  }

  /** `wanted`: the one frame that is asked for, where it is not just the newest or the one of a time. */
  private async fetchFrame(url: string, wanted?: number): Promise<Shown | null> {
    try {
      const [response, data] = await throughGate(url, this.controller.signal, async () => {
        const answer = await fetch(url, {
          credentials: credentialsFor(url),
          signal: this.controller.signal,
          cache: 'no-store',
        });
        if (answer.status === 404 && wanted !== undefined)
          throw new Error(`Frame ${count(wanted)} is not in the topic any more: it was deleted, or it is lost.`);
        if (!answer.ok) throw new Error(sentence(await refusalOf(answer)));
        return [answer, await answer.blob()] as const;
      });
      const headers = [...response.headers]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, value]): [string, string] => [name.slice(prefix.length), value]);
      const value = (name: string) => headers.find(([key]) => key === name)?.[1];
      this.error = '';
      return {
        offset: Number(value('offset') ?? new URL(url).pathname.split('/').at(-1)),
        time:
          Date.parse(value('timestamp') ?? '') ||
          timeAt(this.extent() ?? { from: 0, to: 1, firstOffset: 0, lastOffset: 1 }, this.offset),
        contentType: response.headers.get('Content-Type') ?? '',
        data,
        width: 0,
        height: 0,
        headers,
        key: value('key') ?? null,
        tombstone: data.size === 0 && value('value') === 'null',
      };
    } catch (error) {
      if (!this.controller.signal.aborted)
        this.error = error instanceof TypeError ? silenceOf(url) : (error as Error).message;
      return null;
    }
  }

  private async draw(frame: Shown, moves = true): Promise<void> {
    try {
      if (frame.tombstone) return this.drawNothing(frame, moves);
      const image = await createImageBitmap(frame.data!);
      if (this.canvas) {
        this.canvas.width = image.width;
        this.canvas.height = image.height;
        this.canvas.getContext('2d')?.drawImage(image, 0, 0);
      }
      this.shown = { ...frame, width: image.width, height: image.height };
      image.close();
    } catch {
      this.canvas?.getContext('2d')?.clearRect(0, 0, this.canvas.width, this.canvas.height);
      this.error = `Frame ${frame.offset} is no picture that this browser can show (${frame.contentType})`;
      this.shown = frame;
    }
    if (moves && Number.isFinite(frame.offset)) this.offset = frame.offset;
  }

  private drawNothing(frame: Shown, moves: boolean): void {
    this.canvas?.getContext('2d')?.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.shown = frame;
    if (moves && Number.isFinite(frame.offset)) this.offset = frame.offset;
  }

  /** A small picture for the timeline. */
  async thumbnail(offset: number): Promise<Blob | null> {
    try {
      const url = this.at(offset, 192);
      return await throughGate(url, this.controller.signal, async () => {
        const response = await fetch(url, { credentials: credentialsFor(url), signal: this.controller.signal });
        return response.ok ? await response.blob() : null;
      });
    } catch {
      return null;
    }
  }

  /** Looks for gaps and loops in what the topic holds now. */
  async look(): Promise<void> {
    const extent = this.extent();
    if (!extent) return;
    const look = async (offset: number): Promise<Seen | null> => {
      while (this.busy || this.live) await new Promise((resolve) => setTimeout(resolve, 50));
      const url = this.at(offset);
      const { signal } = this.controller;
      const response = await throughGate(url, signal, () =>
        fetch(url, { credentials: credentialsFor(url), method: 'HEAD', signal }),
      ).catch(() => null);
      const time = Date.parse(response?.headers.get('X-Framespool-Timestamp') ?? '');
      const frame = Number(response?.headers.get('X-Framespool-Frame') ?? NaN);
      return response?.ok && !Number.isNaN(time) ? { offset, time, frame: Number.isNaN(frame) ? null : frame } : null;
    };
    await survey(extent.firstOffset, extent.lastOffset, look, 120, (found) => (this.found = found)).then(
      (found) => (this.found = found),
    );
  }
}

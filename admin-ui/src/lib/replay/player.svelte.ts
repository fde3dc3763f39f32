// Plays a topic's frames out of a sink's /frames: one request at a time, the newest wish wins. It never goes to live by
// itself, and stays where it is when it cannot go on.
import { credentialsFor } from '../session.svelte';
import { frameUrl, refusalOf, silenceOf, snapshotUrl } from '../live/feed';
import { count } from '../format';
import { throughGate } from '../live/gate';
import { survey, type Survey } from './survey';
import { clamp, frameMs, moved, timeAt, type Extent, type Move, type Seen } from './timeline';

export interface Shown {
  offset: number;
  time: number;
  contentType: string;
  data: Blob;
  width: number;
  height: number;
  headers: [name: string, value: string][];
  /** Of a record without one, null; an empty key is a key. */
  key: string | null;
  /** Its value is null: there is no picture, and nothing is wrong. */
  tombstone: boolean;
}

const livePollMs = 150;
const maxGapMs = 2000;
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

  canvas: HTMLCanvasElement | null = null;
  private wanted: number | null = null;
  private busy = false;
  private jumping = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private controller = new AbortController();

  constructor(
    readonly url: string,
    readonly partition: number,
    private extent: () => Extent | null,
  ) {}

  stop(): void {
    this.playing = false;
    this.live = false;
    clearTimeout(this.timer);
    this.controller.abort();
  }

  /** Goes to an offset and stays there. */
  seek(offset: number): void {
    this.live = false;
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
    const at = await this.fetchFrame(`${snapshotUrl(this.url)}?at=${encodeURIComponent(new Date(time).toISOString())}`);
    if (at) await this.draw(at);
  }

  toggle(): void {
    this.live = false;
    this.playing = !this.playing;
    clearTimeout(this.timer);
    if (this.playing) this.go(this.offset + 1);
  }

  /** The newest frame, and on with it. */
  goLive(): void {
    this.playing = false;
    this.live = true;
    clearTimeout(this.timer);
    void this.followLive();
  }

  private async followLive(): Promise<void> {
    while (this.live && !this.controller.signal.aborted) {
      if (!document.hidden) {
        const frame = await this.fetchFrame(snapshotUrl(this.url));
        if (frame && this.live) await this.draw(frame);
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
      await this.draw(frame, this.wanted === null);
      if (this.playing && this.wanted === null) this.schedule(before, frame, performance.now() - started);
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
      const image = await createImageBitmap(frame.data);
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

// The tiles of a wall and the one feed behind them.
import { load } from '../../api/client';
import { reasonOf } from '../failures';
import { workerNow } from '../skew';
import { store } from '../store.svelte';
import { causeOf, type Cause } from './cause';
import { startFeed, type Stream } from './feed';
import type { Frame } from './mux';
import { newTile, next, type Tile, type TileEvent } from './tile';
import type { Cells } from './cells';

export class Wall {
  tiles = $state.raw<Record<string, Tile>>({});
  paused = $state(matchMedia('(prefers-reduced-motion: reduce)').matches);
  /** The newest picture of each stream as it came. */
  private readonly newest = new Map<string, Frame>();

  private canvases = new Map<string, HTMLCanvasElement>();
  private visible = $state.raw<Set<string>>(new Set());
  private hidden = $state(document.hidden);
  names = $state.raw<string[]>([]);
  private drawing = new Set<string>();
  private observer: IntersectionObserver | undefined;
  /** Plays video as it is; null: nothing does; undefined: that is not known yet. */
  private cells = $state.raw<Cells | null>();
  /** Another one: the cells want something else. */
  private turn = $state(0);

  /** Watches over tiles, visibility and the clock, until the returned function is called. */
  run(): () => void {
    const onVisibility = () => (this.hidden = document.hidden);
    document.addEventListener('visibilitychange', onVisibility);
    const timer = setInterval(() => this.tick(), 500);
    let ended = false;
    // Its script comes with the first wall.
    void load(() => import('./cells')).then(
      ({ Cells }) => {
        if (ended) return;
        this.cells = new Cells({
          shown: (stream, _, timestamp, shown) => this.note(stream, timestamp, shown),
          changed: () => (this.turn += 1),
        });
      },
      () => (this.cells = null),
    );
    return () => {
      ended = true;
      this.cells?.stop();
      document.removeEventListener('visibilitychange', onVisibility);
      clearInterval(timer);
      this.observer?.disconnect();
    };
  }

  togglePause(): void {
    this.paused = !this.paused;
    this.tick();
  }

  attach(name: string, canvas: HTMLCanvasElement): void {
    this.canvases.set(name, canvas);
    canvas.dataset['stream'] = name;
    this.observer ??= new IntersectionObserver(
      (entries) => {
        const visible = new Set(this.visible);
        for (const entry of entries) {
          const stream = (entry.target as HTMLElement).dataset['stream'] ?? '';
          if (entry.isIntersecting) visible.add(stream);
          else visible.delete(stream);
        }
        this.visible = visible;
      },
      { rootMargin: '80px' },
    );
    this.observer.observe(canvas);
  }

  detach(name: string): void {
    const canvas = this.canvases.get(name);
    if (canvas) this.observer?.unobserve(canvas);
    this.cells?.end(name);
    this.canvases.delete(name);
    this.visible = new Set([...this.visible].filter((other) => other !== name));
  }

  /** What the feed has to carry now, as text: it starts anew only when this changes. */
  readonly wanted = $derived.by(() => {
    void this.turn;
    const { cells } = this;
    if (this.paused || this.hidden || cells === undefined) return '';
    const carrier = this.carrier;
    const streams = this.names
      .filter((name) => this.visible.has(name))
      .flatMap((name): Stream[] => {
        const vitals = store.vitals.get(name);
        const by = vitals && vitals.streamBlocked === '' && !(vitals.streamDoubtful && carrier) ? vitals : carrier;
        return vitals?.streamUrl && by?.streamUrl && by.muxUrl
          ? [{ name, url: by.streamUrl, mux: by.muxUrl, own: by === vitals, video: cells?.playsOf(name) ?? 'none' }]
          : [];
      });
    return JSON.stringify(streams);
  });

  /** Any sink's /mux carries the streams of all: one that this page can reach shows what the others cannot. */
  private readonly carrier = $derived.by(() => {
    const open = [...store.vitals.values()].filter((v) => v.muxUrl !== null && v.streamBlocked === '');
    return open.find((v) => !v.streamDoubtful) ?? open[0];
  });

  /** Why this page cannot show a stream; empty: it can. */
  blockedOf(name: string): string {
    return this.carrier ? '' : (store.vitals.get(name)?.streamBlocked ?? '');
  }

  causeOf(name: string): Cause | null {
    return causeOf(store.vitals.get(name), this.sourcesOf(name));
  }

  private sourcesOf(name: string) {
    return store.rows.filter((row) => row.sinks.some((v) => v.name === name)).flatMap((row) => row.sources);
  }

  /** Carries the streams of `wanted` until the returned function is called. */
  carry(wanted: string, width: number, fps: number): () => void {
    const streams = wanted === '' ? [] : (JSON.parse(wanted) as Stream[]);
    this.cells?.keep(streams.map((stream) => stream.name));
    if (streams.length === 0) return () => {};
    const feed = startFeed(
      { streams, width, fps },
      {
        frame: (frame) => void this.draw(frame),
        standing: ({ stream, state, reason, video }) => {
          this.change(stream, { kind: 'standing', state, reason });
          const canvas = this.canvases.get(stream);
          if (video !== undefined && canvas) this.cells?.begin(stream, video, canvas);
        },
        connecting: () => streams.forEach((stream) => this.change(stream.name, { kind: 'connecting' })),
        lost: (reason, retryAt, stream) =>
          streams
            .filter((s) => stream === null || s.name === stream)
            .forEach((s) => this.change(s.name, { kind: 'lost', reason, retryAt })),
      },
    );
    return () => feed.stop();
  }

  private change(name: string, event: TileEvent): void {
    const now = Date.now();
    this.tiles = { ...this.tiles, [name]: next(this.tiles[name] ?? newTile(now), event, now) };
  }

  private tick(): void {
    for (const name of this.names) {
      const blocked = this.blockedOf(name);
      if (blocked !== '' && !this.paused) {
        this.change(name, { kind: 'lost', reason: blocked, retryAt: null });
        continue;
      }
      const vitals = store.vitals.get(name);
      const sources = this.sourcesOf(name);
      const sourceEnded = sources.length > 0 && sources.every((v) => v.severity === 'idle');
      this.change(name, { kind: 'tick', paused: this.paused, sourceEnded, reason: reasonOf(vitals?.problems ?? []) });
    }
  }

  /** A picture of a record of that time has come. */
  private note(stream: string, timestamp: number, shown?: number[]): void {
    this.change(stream, {
      kind: 'frame',
      timestamp: timestamp > 0 ? timestamp : null,
      workerNow: workerNow(),
      fed: this.causeOf(stream) === null,
      shown,
    });
  }

  /** What a stream shows, to be saved. */
  async picture(name: string): Promise<{ offset: number; data: Blob } | null> {
    const frame = this.newest.get(name);
    return (
      (await this.cells?.picture(name)) ??
      (frame ? { offset: frame.offset, data: new Blob([frame.data], { type: frame.contentType }) } : null)
    );
  }

  /** A frame that comes while the last one is still being decoded is dropped: newest wins. */
  private async draw(frame: Frame): Promise<void> {
    if (frame.contentType === 'video/mp4') {
      this.newest.delete(frame.stream);
      this.cells?.feed(frame.stream, frame.data);
      return;
    }
    this.cells?.end(frame.stream);
    this.newest.set(frame.stream, frame);
    this.note(frame.stream, frame.timestamp);
    if (this.drawing.has(frame.stream)) return;
    this.drawing.add(frame.stream);
    try {
      const image = await createImageBitmap(new Blob([frame.data], { type: frame.contentType }));
      const canvas = this.canvases.get(frame.stream);
      if (canvas) {
        if (canvas.width !== image.width || canvas.height !== image.height) {
          canvas.width = image.width;
          canvas.height = image.height;
        }
        canvas.getContext('2d')?.drawImage(image, 0, 0);
      }
      image.close();
    } catch {
      // A frame that no browser can decode is passed over; the next may be good.
    } finally {
      this.drawing.delete(frame.stream);
    }
  }
}

// The cells of a wall that play video as it is: the bytes come by /mux, all in one connection, and a VideoPlayer shows
// them in a <video> over the cell's canvas. A browser opens six connections to a host and port, so a connection for each
// cell would end a wall of nine. What cannot be played comes as pictures: of a codec that the browser does not know, and
// for a while of a cell that has failed.
import { VideoPlayer } from '../../../../web/video.js';

export interface CellEvents {
  /** A picture has been shown, of a record of that time; `shown`: when it and those since the last call were. */
  shown(stream: string, offset: number, timestamp: number, shown: number[]): void;
  /** What the cells want has changed. */
  changed(): void;
}

/** What /mux is to send of a stream as it is. */
export type Plays = 'h264' | 'h265' | 'any' | 'none';

interface Cell {
  canvas: HTMLCanvasElement;
  video: HTMLVideoElement;
  player: VideoPlayer;
  offset: number;
  shown: number[];
  told: number;
}
interface Failure {
  count: number;
  until: number;
}

const tellEveryMs = 250;
const retryAfterMs = 60_000;
const mostRetryMs = 3_600_000;
// Of each codec one that every browser that has it plays.
const h264 = 'video/mp4; codecs="avc1.640028"';
const h265 = 'video/mp4; codecs="hvc1.1.6.L93.B0"';

export class Cells {
  private cells = new Map<string, Cell>();
  private failures = new Map<string, Failure>();
  private timers = new Set<ReturnType<typeof setTimeout>>();
  private readonly plays: Plays;

  constructor(private readonly on: CellEvents) {
    const [avc, hevc] = [VideoPlayer.plays(h264), VideoPlayer.plays(h265)];
    this.plays = avc && hevc ? 'any' : avc ? 'h264' : hevc ? 'h265' : 'none';
  }

  playsOf(stream: string): Plays {
    return (this.failures.get(stream)?.until ?? 0) > Date.now() ? 'none' : this.plays;
  }

  /** A video begins, which is of that Content-Type. */
  begin(stream: string, type: string, canvas: HTMLCanvasElement): void {
    this.end(stream);
    if (!VideoPlayer.plays(type)) {
      this.fail(stream);
      return;
    }
    const video = document.createElement('video');
    video.muted = true;
    video.playsInline = true;
    video.disablePictureInPicture = true;
    video.tabIndex = -1;
    video.setAttribute('aria-hidden', 'true');
    Object.assign(video.style, {
      position: 'absolute',
      inset: '0',
      width: '100%',
      height: '100%',
      objectFit: 'contain',
    });
    canvas.after(video);
    const player = new VideoPlayer(
      video,
      type,
      { exact: false },
      {
        frame: ({ offset, time }) => this.show(stream, cell, offset, time),
        failed: () => this.fail(stream),
      },
    );
    const cell: Cell = { canvas, video, player, offset: -1, shown: [], told: -Infinity };
    this.cells.set(stream, cell);
  }

  feed(stream: string, bytes: Uint8Array): void {
    try {
      this.cells.get(stream)?.player.feed(bytes);
    } catch {
      this.fail(stream);
    }
  }

  /** Its last picture stays, on the canvas. */
  end(stream: string): void {
    const cell = this.cells.get(stream);
    if (!cell) return;
    this.cells.delete(stream);
    still(cell.video, cell.canvas);
    cell.player.stop();
    cell.video.remove();
  }

  /** Ends those of other streams. */
  keep(streams: string[]): void {
    for (const stream of [...this.cells.keys()]) if (!streams.includes(stream)) this.end(stream);
  }

  stop(): void {
    this.keep([]);
    this.timers.forEach((timer) => clearTimeout(timer));
    this.timers.clear();
  }

  /** What a cell shows, to be saved; null where it plays no video. */
  async picture(stream: string): Promise<{ offset: number; data: Blob } | null> {
    const cell = this.cells.get(stream);
    if (!cell) return null;
    const { offset } = cell;
    const canvas = document.createElement('canvas');
    if (!still(cell.video, canvas)) return null;
    const data = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
    return data && { offset, data };
  }

  private show(stream: string, cell: Cell, offset: number, timestamp: number): void {
    const now = Date.now();
    cell.offset = offset;
    cell.shown.push(now);
    if (now - cell.told < tellEveryMs) return;
    cell.told = now;
    this.on.shown(stream, offset, timestamp, cell.shown.splice(0));
  }

  private fail(stream: string): void {
    this.end(stream);
    const count = (this.failures.get(stream)?.count ?? 0) + 1;
    const pause = Math.min(mostRetryMs, retryAfterMs * 2 ** (count - 1));
    this.failures.set(stream, { count, until: Date.now() + pause });
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.on.changed();
    }, pause + 1);
    this.timers.add(timer);
    this.on.changed();
  }
}

/** Draws what `video` shows; false where it shows nothing. */
function still(video: HTMLVideoElement, canvas: HTMLCanvasElement): boolean {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || video.videoWidth === 0) return false;
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  return true;
}

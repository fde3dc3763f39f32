// Frames of many streams over one connection. The worker's /mux sends them all in one body; a sink that has no /mux yet
// is asked for its newest picture, one stream after the other, over the same single connection.
import { backoff } from '../link';
import { MuxReader, type Frame } from './mux';

export interface Stream {
  name: string;
  /** The sink's own URL, as its status tells it. */
  url: string;
}
export interface FeedEvents {
  frame(frame: Frame): void;
  connecting(): void;
  lost(reason: string, retryAt: number, stream: string | null): void;
}
export interface FeedOptions {
  streams: Stream[];
  width: number;
  fps: number;
}

export function muxUrl(options: FeedOptions): string | null {
  const first = options.streams[0];
  if (!first) return null;
  const names = options.streams.map((stream) => encodeURIComponent(stream.name)).join(',');
  return `${new URL(first.url).origin}/mux?streams=${names}&width=${options.width}&fps=${options.fps}`;
}

const below = (url: string, path: string) => `${url.replace(/\/$/, '')}/${path}`;
export const snapshotUrl = (url: string) => below(url, 'snapshot');
export const frameUrl = (url: string, offset: number) => below(url, `frames/${offset}`);
export const statusUrl = (url: string) => below(url, 'status');

/** A headers-carrying picture as a frame. */
export function frameOf(stream: string, response: Response, data: Uint8Array<ArrayBuffer>, now: number): Frame {
  const offset = Number(response.headers.get('X-Framespool-Offset') ?? '-1');
  const stamp = Date.parse(response.headers.get('X-Framespool-Timestamp') ?? '');
  return {
    stream,
    offset: Number.isFinite(offset) ? offset : -1,
    timestamp: Number.isFinite(stamp) && stamp > 0 ? stamp : now,
    contentType: response.headers.get('Content-Type') ?? 'image/jpeg',
    data,
  };
}

/** Starts, and goes on until `stop` is called. */
export function startFeed(options: FeedOptions, events: FeedEvents): { stop(): void } {
  const controller = new AbortController();
  void run(options, events, controller.signal);
  return { stop: () => controller.abort() };
}

const sleep = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
  });

async function run(options: FeedOptions, events: FeedEvents, signal: AbortSignal): Promise<void> {
  const url = muxUrl(options);
  if (!url) return;
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    events.connecting();
    let reason = 'The stream ended';
    try {
      const response = await fetch(url, { signal, cache: 'no-store' });
      const isMux = (response.headers.get('Content-Type') ?? '').includes('framespool-mux');
      if (response.ok && isMux && response.body) {
        await readMux(response.body.getReader(), events, () => (attempt = 1));
      } else {
        await response.body?.cancel();
        if (response.status !== 404 && response.status !== 405 && !response.ok) throw new Error(`${response.status} from ${url}`);
        return await pollSnapshots(options, events, signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      reason = error instanceof TypeError ? `${new URL(url).host} does not answer` : (error as Error).message;
    }
    const wait = backoff(attempt);
    events.lost(reason, Date.now() + wait, null);
    await sleep(wait, signal);
  }
}

async function readMux(body: ReadableStreamDefaultReader<Uint8Array>, events: FeedEvents, alive: () => void): Promise<void> {
  const reader = new MuxReader();
  for (;;) {
    const { done, value } = await body.read();
    if (done) return;
    for (const frame of reader.push(value)) {
      alive();
      events.frame(frame);
    }
  }
}

/** Round and round, one request at a time, at most `fps` rounds a second. */
async function pollSnapshots(options: FeedOptions, events: FeedEvents, signal: AbortSignal): Promise<void> {
  const due = new Map(options.streams.map((stream) => [stream.name, 0]));
  const tries = new Map<string, number>();
  const seen = new Map<string, string>();
  while (!signal.aborted) {
    const started = performance.now();
    for (const stream of options.streams) {
      if (signal.aborted) return;
      if ((due.get(stream.name) ?? 0) > Date.now()) continue;
      try {
        const response = await fetch(snapshotUrl(stream.url), { signal, cache: 'no-store' });
        if (!response.ok) throw new Error(response.status === 404 ? 'No frame yet' : `${response.status} from the sink`);
        const data = new Uint8Array(await response.arrayBuffer());
        tries.delete(stream.name);
        const frame = frameOf(stream.name, response, data, Date.now());
        // The same picture again is no new frame: a stalled stream must look stalled.
        const mark = frame.offset >= 0 ? String(frame.offset) : fingerprint(data);
        if (seen.get(stream.name) !== mark) events.frame(frame);
        seen.set(stream.name, mark);
      } catch (error) {
        if (signal.aborted) return;
        const attempt = (tries.get(stream.name) ?? 0) + 1;
        tries.set(stream.name, attempt);
        const wait = backoff(attempt);
        due.set(stream.name, Date.now() + wait);
        const reason = error instanceof TypeError ? `${new URL(stream.url).host} does not answer` : (error as Error).message;
        events.lost(reason, Date.now() + wait, stream.name);
      }
    }
    await sleep(Math.max(20, 1000 / options.fps - (performance.now() - started)), signal);
  }
}

function fingerprint(data: Uint8Array): string {
  let hash = data.length;
  const step = Math.max(1, Math.floor(data.length / 512));
  for (let i = 0; i < data.length; i += step) hash = (Math.imul(hash, 31) + data[i]!) | 0;
  return `${data.length}:${hash}`;
}

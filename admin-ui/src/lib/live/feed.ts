// Frames of many streams over one connection. The worker's /mux sends them all in one body; a sink that has no /mux yet
// is asked for its newest picture, one stream after the other, over the same single connection.
import { credentialsFor } from '../session.svelte';
import { backoff } from '../link';
import { isLoopback } from '../stream';
import { throughGate } from './gate';
import { isMux, MuxReader, type Frame, type Standing } from './mux';

export interface Stream {
  name: string;
  /** The URL of the sink, or of the one that carries this stream for it. */
  url: string;
  /** Where that one answers for many streams at once. */
  mux: string;
  /** Whether `url` is the sink's own: only then are /snapshot and /frames below it this stream's. */
  own: boolean;
  /** What it may be of video as it is, in the words of /mux. */
  video: string;
}
export interface FeedEvents {
  frame(frame: Frame): void;
  standing(standing: Standing): void;
  connecting(): void;
  lost(reason: string, retryAt: number, stream: string | null): void;
}
export interface FeedOptions {
  streams: Stream[];
  /** In pixels; 0: as the frames are. */
  width: number;
  fps: number;
}

/** Each stream gives a sign of life every 2 s (schemas/mux.md): a connection without any for this long is dead. */
export const silentAfterMs = 6000;

export function muxUrl(options: FeedOptions): string | null {
  const first = options.streams[0];
  if (!first) return null;
  const names = options.streams.map((stream) => encodeURIComponent(stream.name)).join(',');
  const width = options.width > 0 ? `&width=${options.width}` : '';
  const videos = options.streams.map((stream) => stream.video);
  const video = videos.every((each) => each === 'none')
    ? ''
    : `&video=${videos.every((each) => each === first.video) ? first.video : videos.join(',')}`;
  return `${first.mux}?streams=${names}${width}&fps=${options.fps}${video}`;
}

export const below = (url: string, path: string) => `${url.replace(/\/$/, '')}/${path}`;
/** A sink that cannot scale sends the picture as it is. */
export const snapshotUrl = (url: string, width = 0) => below(url, 'snapshot') + (width > 0 ? `?width=${width}` : '');
export const frameUrl = (url: string, offset: number) => below(url, `frames/${offset}`);
export const statusUrl = (url: string) => below(url, 'status');

/** A headers-carrying picture as a frame; its time is 0 where no header tells it. */
export function frameOf(stream: string, response: Response, data: Uint8Array<ArrayBuffer>): Frame {
  const offset = Number(response.headers.get('X-Framespool-Offset') ?? '-1');
  const stamp = Date.parse(response.headers.get('X-Framespool-Timestamp') ?? '');
  return {
    stream,
    offset: Number.isFinite(offset) ? offset : -1,
    timestamp: Number.isFinite(stamp) && stamp > 0 ? stamp : 0,
    contentType: response.headers.get('Content-Type') ?? 'image/jpeg',
    data,
  };
}

/** Starts, and goes on until `stop` is called; nothing is told behind that. */
export function startFeed(options: FeedOptions, events: FeedEvents): { stop(): void } {
  const controller = new AbortController();
  void run(options, events, controller.signal);
  return { stop: () => controller.abort() };
}

const sleep = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });

async function run(options: FeedOptions, events: FeedEvents, signal: AbortSignal): Promise<void> {
  const url = muxUrl(options);
  if (!url) return;
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    events.connecting();
    let reason = 'The stream ended';
    try {
      const hasMux = await throughGate(url, signal, async () => {
        const response = await fetch(url, { credentials: credentialsFor(url), signal, cache: 'no-store' });
        if (response.ok && isMux(response.headers.get('Content-Type')) && response.body) {
          await readMux(response.body.getReader(), events, signal, () => (attempt = 1));
          return true;
        }
        const said = response.ok ? '' : await refusalOf(response);
        await response.body?.cancel();
        if (response.status !== 404 && response.status !== 405 && !response.ok) throw new Error(said);
        return false;
      });
      if (!hasMux) return await pollSnapshots(options, events, signal);
    } catch (error) {
      if (signal.aborted) return;
      reason = error instanceof TypeError ? silenceOf(url) : (error as Error).message;
    }
    const wait = backoff(attempt);
    events.lost(reason, Date.now() + wait, null);
    await sleep(wait, signal);
  }
}

async function readMux(
  body: ReadableStreamDefaultReader<Uint8Array>,
  events: FeedEvents,
  signal: AbortSignal,
  alive: () => void,
): Promise<void> {
  const reader = new MuxReader();
  for (;;) {
    const { done, value } = await heard(body);
    if (done) return;
    for (const message of reader.push(value)) {
      // What had come by then is still read.
      signal.throwIfAborted();
      alive();
      if ('frame' in message) events.frame(message.frame);
      else events.standing(message.standing);
    }
  }
}

async function heard(body: ReadableStreamDefaultReader<Uint8Array>): Promise<ReadableStreamReadResult<Uint8Array>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Nothing came for ${silentAfterMs / 1000} s`)), silentAfterMs);
  });
  try {
    return await Promise.race([body.read(), silence]);
  } catch (error) {
    void body.cancel().catch(() => undefined);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** What to say of a sink that cannot be reached, with what to look at where that is known. */
export function silenceOf(url: string, pageHost: string = globalThis.location?.hostname ?? ''): string {
  const { host, hostname } = new URL(url);
  const own = isLoopback(hostname) && pageHost !== '' && !isLoopback(pageHost);
  return `${host} does not answer${own ? ': that is an address of the machine itself. Have the sink listen on one that others reach, or say in its config where it is reached' : ''}`;
}

/** The sink's own words: {"error": "…"}, or the status. */
export async function refusalOf(response: Response): Promise<string> {
  const text = (await response.text()).slice(0, 500);
  try {
    return (JSON.parse(text) as { error?: string }).error ?? `${response.status}: ${text}`;
  } catch {
    return `${response.status} from ${new URL(response.url).host}`;
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
      if (!stream.own) {
        events.standing({
          stream: stream.name,
          state: 'unknown',
          reason: `${new URL(stream.mux).host} has no /mux, which could show it here`,
        });
        continue;
      }
      if ((due.get(stream.name) ?? 0) > Date.now()) continue;
      try {
        const url = snapshotUrl(stream.url, options.width);
        const [response, data] = await throughGate(url, signal, async () => {
          const answer = await fetch(url, { credentials: credentialsFor(url), signal, cache: 'no-store' });
          if (!answer.ok) throw new Error(answer.status === 404 ? 'No frame yet' : `${answer.status} from the sink`);
          return [answer, new Uint8Array(await answer.arrayBuffer())] as const;
        });
        tries.delete(stream.name);
        const frame = frameOf(stream.name, response, data);
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
        const reason = error instanceof TypeError ? silenceOf(stream.url) : (error as Error).message;
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

// The frames of a sink's /video from one place on, as they are shown; exactly those that they are said to be.
import { credentialsFor } from '../session.svelte';
import { refusalOf } from '../live/feed';
import { NotPlayed, VideoPlayer, type Place, type Target } from '../../../../web/video.js';

export interface StreamEvents {
  /** It has been painted. */
  frame(place: Place, width: number, height: number): void;
  /** It is to be shown by pictures. Not called behind stop(), like the next. */
  notPlayed(): void;
  /** Null: the sink has ended it. */
  end(error: Error | null): void;
}

/** Paints on `canvas`. `target`: where one has jumped to; the key frame on the way to it is painted, and not told. */
export function stream(
  url: string,
  canvas: HTMLCanvasElement,
  target: Target | null,
  on: StreamEvents,
): { stop(): void } {
  const controller = new AbortController();
  const { signal } = controller;
  let player: VideoPlayer | null = null;
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.tabIndex = -1;
  video.setAttribute('aria-hidden', 'true');
  // Beneath the canvas, which shows what it plays: one that is not to be seen would not be played.
  Object.assign(video.style, { position: 'absolute', inset: '0', width: '100%', height: '100%' });
  canvas.before(video);

  const stop = () => {
    controller.abort();
    player?.stop();
    video.remove();
  };
  const paint = (place: Place & { exact: boolean }, picture: VideoFrame | HTMLVideoElement) => {
    const [width, height] =
      picture instanceof HTMLVideoElement
        ? [picture.videoWidth, picture.videoHeight]
        : [picture.displayWidth, picture.displayHeight];
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    canvas.getContext('2d')?.drawImage(picture, 0, 0);
    if (place.exact) on.frame(place, width, height);
  };
  const run = async (): Promise<void> => {
    const response = await fetch(url, { credentials: credentialsFor(url), signal, cache: 'no-store' });
    const type = response.headers.get('Content-Type') ?? '';
    if (response.status === 404) throw new NotPlayed('There is no video');
    if (!response.ok || !response.body) throw new Error(await refusalOf(response));
    if (!VideoPlayer.plays(type)) throw new NotPlayed(`This browser does not play ${type}`);
    const failed = new Promise<never>((_, reject) => {
      player = new VideoPlayer(video, type, { target }, { frame: paint, failed: reject });
    });
    const reader = response.body.getReader();
    // It has no end, so what ends it cuts it off; why, the next connection is told.
    const next = () => reader.read().catch(() => ({ done: true as const, value: undefined }));
    for (;;) {
      const { done, value } = await Promise.race([next(), failed]);
      if (done || signal.aborted) return;
      player!.feed(value);
    }
  };
  const end = (error: Error | null) => {
    if (signal.aborted) return;
    stop();
    if (error instanceof NotPlayed) on.notPlayed();
    else on.end(error);
  };
  void run().then(
    () => end(null),
    (error: Error) => end(error),
  );
  return { stop };
}

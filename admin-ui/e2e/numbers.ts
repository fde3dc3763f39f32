// Pictures that carry their number (Worker.numbered), read again from what the page shows.
import type { Locator } from '@playwright/test';

export const h264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '3', '-sc_threshold', '0'];
export const h265 = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none:keyint=30:bframes=3'];

/** The number in the picture of a canvas or a video. */
export const numberIn = (picture: Locator): Promise<number> =>
  picture.evaluate((node) => {
    const source = node as HTMLCanvasElement | HTMLVideoElement;
    const canvas = document.createElement('canvas');
    canvas.width = 384;
    canvas.height = 216;
    const context = canvas.getContext('2d')!;
    context.drawImage(source, 0, 0, 384, 216);
    const { data } = context.getImageData(0, 24, 384, 1);
    return Array.from({ length: 12 }, (_, bit) => (data[(bit * 32 + 16) * 4]! > 128 ? 1 << bit : 0)).reduce(
      (a, b) => a | b,
    );
  });

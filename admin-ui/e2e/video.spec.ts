// Cameras of H.264 on the wall and in replay: as they are, where Chromium plays them, and pictures where not.
import type { Page } from '@playwright/test';
import { h264, h265, numberIn } from './numbers';
import { expect, screenshot, test } from './test';
import type { Worker } from './worker';

const copy = { format: 'copy', loop: 'true' };

/** What a sink says of itself. */
const statusOf = async (worker: Worker, name: string) =>
  (await fetch(`http://127.0.0.1:${await worker.portOf(name)}/status`)).json();
/** How many decoders its task has. */
const decoders = async (worker: Worker, name: string): Promise<number> =>
  (await worker.rest('GET', `/connectors/${encodeURIComponent(name)}/status`)).body.tasks[0].metrics.decoders;
/** Which pages of sinks the page asks for from now on, with their queries. */
function askedBy(page: Page): string[] {
  const asked: string[] = [];
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url());
    if (/^\/(mux|video|snapshot|frames)/.test(pathname)) asked.push(pathname + search);
  });
  return asked;
}
const tile = (page: Page, name: string) => page.locator('.tile').filter({ has: page.getByText(name, { exact: true }) });

test('a wall of nine cameras plays them as they are in one connection, decodes nothing, and ends with it', async ({
  page,
  open,
  worker,
}) => {
  await worker.source('cam', worker.numbered('nine.mp4', 300, h264), 'cam', copy);
  const names = Array.from({ length: 9 }, (_, i) => `view${i}`);
  for (const name of names) await worker.sink(name, 'cam');
  await worker.frames('cam', 60);
  const asked = askedBy(page);
  await open('#/wall');
  for (const name of names) {
    const video = tile(page, name).locator('video');
    await expect.poll(() => video.evaluate((node: HTMLVideoElement) => node.currentTime)).toBeGreaterThan(1);
    await expect(page.getByRole('link', { name: new RegExp(`^${name}, Live`) })).toBeVisible();
  }
  // They go on, close behind the camera, without having been stopped.
  const first = tile(page, 'view0').locator('video');
  const before = await first.evaluate((node: HTMLVideoElement) => node.currentTime);
  await expect.poll(() => first.evaluate((node: HTMLVideoElement) => node.currentTime)).toBeGreaterThan(before + 2);
  const behind = () =>
    first.evaluate((node: HTMLVideoElement) => node.buffered.end(node.buffered.length - 1) - node.currentTime);
  await expect.poll(behind, 'it is close behind what has come').toBeLessThan(1.2);
  await screenshot(page, 'wall-video');
  for (const name of names) expect(await decoders(worker, name), name).toBe(0);
  expect(asked.filter((url) => !url.startsWith('/mux?'))).toEqual([]);
  const watching = async () =>
    (await Promise.all(names.map((name) => statusOf(worker, name)))).map((status) => status.mux_viewers);
  expect(await watching()).toEqual(names.map(() => 1));
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Logs' }).click();
  await expect.poll(watching).toEqual(names.map(() => 0));
});

test('a camera of few frames a second is seen from its first key frame on', async ({ page, open, worker }) => {
  // One key frame: a browser that throws away what follows it sees nothing else.
  const file = worker.numbered('few.mp4', 24, [...h264, '-g', '300']);
  for (const fps of ['10', '2']) {
    await worker.source(`every-${fps}`, file, `at-${fps}`, { format: 'copy', pace: 'unpaced', fps });
    await worker.sink(`view-${fps}`, `at-${fps}`);
    await worker.frames(`at-${fps}`, 24);
  }
  await open('#/wall');
  for (const fps of ['10', '2']) {
    const video = tile(page, `view-${fps}`).locator('video');
    await expect.poll(() => numberIn(video), `${fps} fps`).toBeGreaterThan(15);
  }
});

test('a camera that stands still right behind a key frame is seen', async ({ page, open, worker }) => {
  await worker.source('still', worker.numbered('still.mp4', 31, h264), 'still', { format: 'copy', pace: 'unpaced' });
  await worker.sink('still-view', 'still');
  await worker.frames('still', 31);
  await open('#/wall');
  const video = tile(page, 'still-view').locator('video');
  await expect.poll(() => numberIn(video), 'the last picture, which is all that a browser is sent').toBe(30);
  await expect(page.getByRole('link', { name: /^still-view, Ended/ })).toBeVisible();
});

test('a camera of H.265 beside one of H.264 comes as pictures', async ({ page, open, worker }) => {
  await worker.source('old', worker.numbered('264.mp4', 90, h264), 'avc', copy);
  await worker.source('new', worker.numbered('265.mp4', 90, h265), 'hevc', copy);
  await worker.sink('avc-view', 'avc');
  await worker.sink('hevc-view', 'hevc');
  // A browser that plays no H.265, wherever this runs.
  await page.addInitScript(() => {
    const plays = MediaSource.isTypeSupported.bind(MediaSource);
    MediaSource.isTypeSupported = (type) => !/hvc1|hev1/.test(type) && plays(type);
  });
  await open('#/wall');
  for (const name of ['avc-view', 'hevc-view'])
    await expect(page.getByRole('link', { name: new RegExp(`^${name}, Live`) })).toBeVisible();
  const pictures = tile(page, 'hevc-view').locator('canvas');
  const numbers = new Set<number>();
  await expect.poll(async () => numbers.add(await numberIn(pictures)).size, 'pictures follow').toBeGreaterThan(3);
  await expect(tile(page, 'hevc-view').locator('video')).toHaveCount(0);
  await expect(tile(page, 'avc-view').locator('video')).toHaveCount(1);
  await screenshot(page, 'wall-mixed');
});

test('a cell whose video fails goes on with pictures, and the others with video', async ({ page, open, worker }) => {
  await worker.source('cam', worker.numbered('fails.mp4', 90, h264), 'cam', copy);
  for (const name of ['one', 'two']) await worker.sink(name, 'cam');
  await worker.frames('cam', 60);
  // The decoder of one of them gives up in the middle.
  await page.addInitScript(() => {
    const append = SourceBuffer.prototype.appendBuffer;
    const appended = new Map<SourceBuffer, number>();
    SourceBuffer.prototype.appendBuffer = function (bytes) {
      appended.set(this, (appended.get(this) ?? 0) + 1);
      const isFirst = appended.keys().next().value === this;
      if (isFirst && appended.get(this)! > 20) throw new DOMException('The decoder has given up', 'InvalidStateError');
      append.call(this, bytes);
    };
  });
  await open('#/wall');
  await expect.poll(() => page.locator('.tile video').count()).toBe(2);
  await expect.poll(() => page.locator('.tile video').count()).toBe(1);
  const failed = page.locator('.tile').filter({ hasNot: page.locator('video') });
  await expect(failed).toHaveCount(1);
  const numbers = new Set<number>();
  await expect.poll(async () => numbers.add(await numberIn(failed.locator('canvas'))).size).toBeGreaterThan(3);
  for (const name of ['one', 'two'])
    await expect(page.getByRole('link', { name: new RegExp(`^${name}, Live`) })).toBeVisible();
  const plays = page.locator('.tile video');
  const at = await plays.evaluate((node: HTMLVideoElement) => node.currentTime);
  await expect.poll(() => plays.evaluate((node: HTMLVideoElement) => node.currentTime)).toBeGreaterThan(at + 1);
});

test('a camera whose name looks like a list or an escape has a picture on the wall', async ({ page, open, worker }) => {
  await worker.source('cam', worker.numbered('odd.mp4', 90, h264), 'cam', copy);
  const names = ['front, back', '100%2C + more & so on', 'a/b?c#d'];
  for (const name of names) await worker.sink(name, 'cam');
  await open('#/wall');
  for (const name of names) {
    await expect(page.getByRole('link', { name: `${name}, Live` })).toBeVisible();
    const video = tile(page, name).locator('video');
    await expect.poll(() => video.evaluate((node: HTMLVideoElement) => node.currentTime)).toBeGreaterThan(0.5);
  }
});

test('an opened camera is played as it is, and its picture can be saved', async ({ page, open, worker }) => {
  await worker.source('cam', worker.numbered('open.mp4', 90, h264), 'cam', copy);
  await worker.sink('view', 'cam');
  await open('#/wall?open=view');
  const video = page.locator('section .pic video');
  await expect.poll(() => video.evaluate((node: HTMLVideoElement) => node.currentTime)).toBeGreaterThan(0.5);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Snapshot' }).click();
  expect((await download).suggestedFilename()).toMatch(/^view-\d+\.png$/);
  // Paused, the picture stays, and nothing is sent.
  await page.locator('section').getByRole('button', { name: 'Pause' }).click();
  await expect(video).toHaveCount(0);
  await expect.poll(async () => (await statusOf(worker, 'view')).mux_viewers).toBe(0);
  expect(await hasPictureOf(page)).toBe(true);
});
const hasPictureOf = (page: Page) =>
  page.getByTestId('open-picture').evaluate((node) => {
    const canvas = node as HTMLCanvasElement;
    return canvas
      .getContext('2d')!
      .getImageData(0, 0, canvas.width, canvas.height)
      .data.some((each) => each > 0);
  });

test.describe('replay', () => {
  /** Each frame that the player has said, with the number that was in its picture then. */
  const recorder = () => {
    const seen: [number, number][] = ((window as any).seen = []);
    new MutationObserver(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('.player canvas[role=img]');
      const said = /^Frame (\d+) of/.exec(canvas?.getAttribute('aria-label') ?? '');
      if (!canvas || !said || seen.at(-1)?.[0] === Number(said[1])) return;
      const { data } = canvas.getContext('2d')!.getImageData(0, 24, canvas.width, 1);
      let number = 0;
      for (let bit = 0; bit < 12; ++bit) if (data[(bit * 32 + 16) * 4]! > 128) number |= 1 << bit;
      seen.push([Number(said[1]), number]);
    }).observe(document, { subtree: true, attributes: true, attributeFilter: ['aria-label'], childList: true });
  };
  const seen = (page: Page): Promise<[number, number][]> => page.evaluate(() => (window as any).seen);

  test('plays exactly the frames that it says, from the frame behind the one that is shown', async ({
    page,
    open,
    worker,
  }) => {
    await worker.source('cam', worker.numbered('past.mp4', 900, h264), 'cam', { format: 'copy', pace: 'unpaced' });
    await worker.sink('view', 'cam');
    await worker.frames('cam', 900);
    const asked = askedBy(page);
    await page.addInitScript(recorder);
    await open('#/replay/cam?offset=40');
    await expect(page.getByRole('img', { name: 'Frame 40 of cam' })).toBeVisible();
    await page.getByRole('button', { name: 'Play' }).click();
    await expect.poll(async () => (await seen(page)).length).toBeGreaterThan(40);
    await screenshot(page, 'replay-video');
    await page.getByRole('button', { name: 'Pause' }).click();
    const played = await seen(page);
    expect(
      played.every(([offset, number]) => offset === number),
      JSON.stringify(played),
    ).toBe(true);
    expect(played.slice(0, 2).map(([offset]) => offset)).toEqual([40, 41]);
    expect(asked.filter((url) => url.startsWith('/video'))).toEqual(['/video?from=41']);
    // What it is stopped at is a frame like any other.
    await expect(page.getByRole('complementary', { name: 'Frame' }).getByText('Size')).toBeVisible();
    const at = (await seen(page)).at(-1)![0];
    await page.keyboard.press('ArrowRight');
    await expect(page.getByRole('img', { name: `Frame ${at + 1} of cam` })).toBeVisible();
    expect(await numberIn(page.locator('.player canvas[role=img]'))).toBe(at + 1);
    // Fast, it has the key frames.
    await page.getByLabel('Speed').selectOption('8');
    await page.evaluate(() => ((window as any).seen.length = 0));
    await page.getByRole('button', { name: 'Play' }).click();
    // Without the one that was shown.
    const played8 = async () => (await seen(page)).filter(([offset]) => offset !== at + 1);
    await expect.poll(async () => (await played8()).length).toBeGreaterThan(3);
    const fast = await played8();
    expect(
      fast.every(([offset, number]) => offset === number && number % 30 === 0),
      JSON.stringify(fast),
    ).toBe(true);
  });

  test('goes live and back into the past on one timeline, and lets go of the sink', async ({ page, open, worker }) => {
    await worker.source('cam', worker.numbered('live.mp4', 300, h264), 'cam', copy);
    await worker.sink('view', 'cam');
    await worker.frames('cam', 90);
    await page.addInitScript(recorder);
    await open('#/replay/cam?live=1');
    await expect.poll(async () => (await seen(page)).length).toBeGreaterThan(30);
    const live = await seen(page);
    expect(
      live.every(([offset, number]) => number === offset % 300),
      JSON.stringify(live),
    ).toBe(true);
    await expect(page.locator('.player .badge.live')).toHaveText('Live');
    expect(await decoders(worker, 'view')).toBe(0);
    await page.locator('#jump').fill('12');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('img', { name: 'Frame 12 of cam' })).toBeVisible();
    await page.evaluate(() => ((window as any).seen.length = 0));
    await page.locator('.player').getByRole('button', { name: 'Play' }).click();
    await expect.poll(async () => (await seen(page)).length).toBeGreaterThan(10);
    // Behind the one that was shown.
    expect((await seen(page)).find(([offset]) => offset !== 12)).toEqual([13, 13]);
    await page.getByRole('button', { name: 'Live' }).click();
    await expect.poll(async () => (await seen(page)).at(-1)![0]).toBeGreaterThan(live.at(-1)![0]);
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Logs' }).click();
    await expect.poll(async () => (await statusOf(worker, 'view')).viewers).toBe(0);
  });

  test('of H.265 is pictures', async ({ page, open, worker }) => {
    await worker.source('cam', worker.numbered('past265.mp4', 90, h265), 'cam', { format: 'copy', pace: 'unpaced' });
    await worker.sink('view', 'cam');
    await worker.frames('cam', 90);
    await page.addInitScript(recorder);
    await page.addInitScript(() => {
      const plays = MediaSource.isTypeSupported.bind(MediaSource);
      MediaSource.isTypeSupported = (type) => !/hvc1|hev1/.test(type) && plays(type);
    });
    await open('#/replay/cam?offset=5');
    await expect(page.getByRole('img', { name: 'Frame 5 of cam' })).toBeVisible();
    await page.getByRole('button', { name: 'Play' }).click();
    await expect.poll(async () => (await seen(page)).length).toBeGreaterThan(10);
    const played = await seen(page);
    expect(
      played.every(([offset, number]) => offset === number),
      JSON.stringify(played),
    ).toBe(true);
    await expect(page.locator('.player video')).toHaveCount(0);
  });
});

// The main screens with something to see on them, as the README shows them: build/ui-screens/readme-*.jpg.
import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { expect, freePort, hasPicture, screens, settled, test } from './test';
import { build, type Worker } from './worker';

const sample = join(build, 'share', 'sample.mp4');

/** Another part of the sample's day, so that the pipelines can be told apart. */
function part(worker: Worker, name: string, from: string): string {
  const file = join(worker.folder, name);
  execFileSync('ffmpeg', [
    '-v',
    'error',
    '-y',
    '-ss',
    from,
    '-i',
    sample,
    '-t',
    '6',
    '-vf',
    'hflip,scale=640:-2',
    '-g',
    '15',
    '-pix_fmt',
    'yuv420p',
    file,
  ]);
  return file;
}

/** Watches a sink until it is told to stop. */
function watch(url: string): () => void {
  const controller = new AbortController();
  void fetch(url, { signal: controller.signal })
    .then(async (response) => {
      const reader = response.body!.getReader();
      while (!(await reader.read()).done);
    })
    .catch(() => undefined);
  return () => controller.abort();
}

test('the screens of the README', async ({ page, open, worker }) => {
  const shot = (name: string) =>
    page.screenshot({ path: join(screens, `readme-${name}.jpg`), type: 'jpeg', quality: 82 });
  const port = await freePort();
  await worker.source('hills', sample, 'hills', { loop: 'true' });
  await worker.source('evening', part(worker, 'evening.mp4', '7'), 'evening', { loop: 'true' });
  await worker.source('night', part(worker, 'night.mp4', '15'), 'night', { loop: 'true' });
  await worker.sink('hills-live', 'hills', { playback: 'live' });
  await worker.sink('evening-live', 'evening', { playback: 'live' });
  await worker.create(
    'night-live',
    { 'connector.class': 'MjpegHttpSink', topics: 'night', 'http.port': String(port) },
    'STOPPED',
  );
  const taken = await new Promise<Server>((done) => {
    const server = createServer().listen(port, '127.0.0.1', () => done(server));
  });
  await worker.rest('PUT', '/connectors/night-live/resume');
  await worker.state('night-live', 'FAILED');
  const viewers: (() => void)[] = [];
  for (const name of ['hills-live', 'hills-live', 'hills-live', 'evening-live'])
    viewers.push(watch(`http://127.0.0.1:${await worker.portOf(name)}/`));
  try {
    await worker.frames('hills', 500);
    await page.emulateMedia({ colorScheme: 'dark' });
    await open('#/pipelines');
    const row = page.getByRole('article', { name: 'Pipeline hills' });
    // How many there are is the machine's affair; both edges have some.
    for (const edge of ['Into', 'Out of'])
      await expect(
        row.getByRole('img', { name: new RegExp(`^${edge} hills: [1-9][\\d.]* frames per second$`) }),
      ).toBeVisible();
    await expect(page.getByRole('link', { name: /^evening-live, Live/ })).toBeVisible();
    await expect(page.getByRole('article').first()).toContainText('is already in use');
    await expect(page.getByRole('img', { name: 'Newest frame of hills' })).toBeVisible();
    await shot('pipelines');

    await open('#/replay/hills?offset=250');
    const picture = page.getByRole('img', { name: /Frame \d+ of hills/ });
    await expect.poll(() => hasPicture(picture)).toBe(true);
    await settled(page);
    await shot('replay');

    await page.emulateMedia({ colorScheme: 'light' });
    await open('#/connectors?create=configure&plugin=VideoFileSource');
    await page.getByRole('textbox', { name: /^Name/ }).fill('harbour');
    const file = join(worker.folder, 'harbour.mp4');
    copyFileSync(sample, file);
    await page.locator('#f-file').fill(file);
    await page.locator('#f-topic').fill('harbour');
    await expect(page.getByRole('img', { name: 'First frame of the source' })).toBeVisible();
    await page.locator('[id="f-jpeg.quality"]').fill('400');
    await expect(page.getByRole('button', { name: 'Go to JPEG quality' })).toBeVisible();
    await shot('create');
    await page.locator('[id="f-jpeg.quality"]').fill('');

    await page.setViewportSize({ width: 390, height: 844 });
    await page.evaluate(() => sessionStorage.clear());
    await page.goto('about:blank');
    await page.emulateMedia({ colorScheme: 'dark' });
    await open('#/wall');
    await expect(page.getByRole('link', { name: /^hills-live, Live/ })).toBeVisible();
    await expect(page.getByRole('link', { name: /^evening-live, Live/ })).toBeVisible();
    await shot('phone');
  } finally {
    viewers.forEach((stop) => stop());
    await new Promise((done) => taken.close(done));
  }
});

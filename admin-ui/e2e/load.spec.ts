import { connectionsTo } from './connections';
import { expect, hasPicture, settled, test } from './test';

test('the page never holds more than two connections to a port', async ({ page, open, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  for (const name of ['view', 'view-2']) await worker.sink(name, 'cam');
  await worker.frames('cam', 60);
  const portOf = async (name: string) => (await worker.rest('GET', `/connectors/${name}/status`)).body.tasks[0].metrics.http_port as number;
  const ports = [Number(new URL(worker.url).port), await portOf('view')];
  const most = new Map(ports.map((port) => [port, 0]));
  const timer = setInterval(() => ports.forEach((port) => most.set(port, Math.max(most.get(port)!, connectionsTo(port)))), 40);
  const tour = ['#/pipelines', '#/connectors/view', '#/connectors/view?tab=metrics', '#/wall', '#/wall?open=view', '#/replay/cam?offset=3', '#/replay/cam?live=1', '#/topics/cam', '#/logs', '#/worker', '#/connectors/cam/edit'];
  for (const hash of tour) {
    await open(hash);
    await settled(page);
    await page.waitForTimeout(700);
  }
  clearInterval(timer);
  expect([...most.values()].every((count) => count >= 1), `each port was asked: ${JSON.stringify([...most])}`).toBe(true);
  expect(Math.max(...most.values()), JSON.stringify([...most])).toBeLessThanOrEqual(2);
});

test('the first load shows the pipelines', async ({ browser, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  const times: number[] = [];
  for (let i = 0; i < 5; i += 1) {
    // A context of its own has an empty cache.
    const context = await browser.newContext();
    const page = await context.newPage();
    const started = Date.now();
    await page.goto(`${worker.url}/ui/`, { waitUntil: 'commit' });
    await expect(page.getByRole('article', { name: 'Pipeline cam' })).toBeVisible();
    times.push(Date.now() - started);
    await context.close();
  }
  console.log(`first load, empty cache, to the pipelines on screen: ${times.join(', ')} ms`);
});

test('what is off screen or in a hidden tab gets no frames, and gets them back', async ({ page, open, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  const names = Array.from({ length: 12 }, (_, i) => `view-${String(i).padStart(2, '0')}`);
  for (const name of names) await worker.sink(name, 'cam');
  await page.setViewportSize({ width: 390, height: 844 });
  const asked: string[][] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname !== '/mux') return;
    asked.push(url.searchParams.get('streams')!.split(','));
    expect([url.searchParams.get('width'), url.searchParams.get('fps')]).toEqual(['320', '10']);
  });
  await open('#/wall');
  await expect(page.getByRole('link', { name: /^view-00, Live/ })).toBeVisible();
  expect(asked.at(-1)!.length).toBeLessThan(names.length);
  expect(asked.at(-1)).not.toContain('view-11');
  await page.getByRole('link', { name: /^view-11/ }).scrollIntoViewIfNeeded();
  await expect(page.getByRole('link', { name: /^view-11, Live/ })).toBeVisible();
  expect(asked.at(-1)).not.toContain('view-00');

  const hide = (hidden: boolean) =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  const port = (await worker.rest('GET', `/connectors/${asked.at(-1)![0]}/status`)).body.tasks[0].metrics.http_port as number;
  expect(connectionsTo(port)).toBeGreaterThan(0);
  await hide(true);
  await expect.poll(() => connectionsTo(port)).toBe(0);
  await hide(false);
  await expect(page.getByRole('link', { name: /^view-11, Live/ })).toBeVisible();
  await expect.poll(() => hasPicture(page.getByRole('link', { name: /^view-11/ }).locator('canvas'))).toBe(true);
});

test('who wants less motion gets the previews paused', async ({ page, open, worker }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  await worker.sink('view', 'cam');
  await open('#/wall');
  await expect(page.getByRole('link', { name: /^view, Paused/ })).toBeVisible();
  await page.getByRole('button', { name: 'Play all previews' }).click();
  await expect(page.getByRole('link', { name: /^view, Live/ })).toBeVisible();
});

import { expect, hasPicture, pixels, screenshot, test } from './test';

test.beforeEach(async ({ worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  await worker.sink('view', 'cam');
  await worker.frames('cam', 60);
});

test('replay jumps to an offset and a time, steps by frames, and is brought back by a reload', async ({ page, open }) => {
  await open('#/replay/cam');
  const picture = page.getByRole('img', { name: /Frame \d+ of cam/ });
  await expect.poll(() => hasPicture(picture)).toBe(true);
  await page.getByLabel(/Jump to an offset/).fill('7');
  await page.getByRole('button', { name: 'Jump', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Frame 7', exact: true })).toBeVisible();
  await page.getByRole('slider', { name: 'Position in the topic' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('heading', { name: 'Frame 8', exact: true })).toBeVisible();
  await page.keyboard.press('Home');
  await expect(page.getByRole('heading', { name: 'Frame 0', exact: true })).toBeVisible();
  await page.keyboard.press('Shift+ArrowRight');
  await expect(page.getByRole('heading', { name: /^Frame (29|3\d)$/ })).toBeVisible();
  await page.getByLabel(/Jump to an offset/).fill('999999');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Offset 999999 is not in the topic')).toBeVisible();
  await page.getByLabel(/Jump to an offset/).fill('12');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/offset=12/);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Frame 12', exact: true })).toBeVisible();
  await expect.poll(() => hasPicture(picture)).toBe(true);
  await screenshot(page, 'replay');
});

test('replay plays on from where it stands and goes live only when asked', async ({ page, open }) => {
  await open('#/replay/cam?offset=5');
  await expect(page.getByRole('heading', { name: 'Frame 5', exact: true })).toBeVisible();
  await page.keyboard.press('Space');
  await expect(page.getByRole('heading', { name: /^Frame (1\d|2\d)$/ })).toBeVisible();
  await page.keyboard.press('Space');
  await expect(page.getByText('Paused', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Live', exact: true }).click();
  await expect(page).toHaveURL(/live=1/);
});

test('the wall is live over one connection, pauses, and opens a picture at full size', async ({ page, open, worker }) => {
  await worker.sink('view-2', 'cam');
  const streams = new Set<string>();
  let most = 0;
  const open_ = new Map<string, number>();
  const host = (url: string) => new URL(url).host;
  page.on('request', (request) => {
    const now = (open_.get(host(request.url())) ?? 0) + 1;
    open_.set(host(request.url()), now);
    if (host(request.url()) !== host(worker.url)) {
      streams.add(new URL(request.url()).pathname);
      most = Math.max(most, now);
    }
  });
  const over = (url: string) => open_.set(host(url), (open_.get(host(url)) ?? 1) - 1);
  page.on('requestfinished', (request) => over(request.url()));
  page.on('requestfailed', (request) => over(request.url()));
  await open('#/wall');
  for (const name of ['view', 'view-2']) await expect(page.getByRole('link', { name: new RegExp(`^${name}, Live`) })).toBeVisible();
  expect(streams.size).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(2);
  await screenshot(page, 'wall');
  await page.getByRole('button', { name: 'Pause all previews' }).click();
  await expect(page.getByRole('link', { name: /^view, Paused/ })).toBeVisible();
  await page.getByRole('button', { name: 'Play all previews' }).click();
  await page.getByRole('link', { name: /^view, / }).click();
  await expect(page).toHaveURL(/open=view/);
  const picture = page.getByTestId('open-picture');
  await expect.poll(() => hasPicture(picture)).toBe(true);
  const before = await pixels(picture);
  await expect.poll(() => pixels(picture)).not.toBe(before);
  await expect(page.getByRole('button', { name: 'Copy stream URL' })).toBeVisible();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Snapshot' }).click();
  expect((await download).suggestedFilename()).toMatch(/^view-\d+\.jpeg$/);
  await page.getByRole('button', { name: 'Full screen' }).click();
  await expect.poll(() => page.evaluate(() => document.fullscreenElement !== null)).toBe(true);
});

test('a stream that stands still is called stalled', async ({ page, open, worker }) => {
  await open('#/wall');
  await expect(page.getByRole('link', { name: /^view, Live/ })).toBeVisible();
  await worker.rest('PUT', '/connectors/cam/pause');
  await expect(page.getByRole('link', { name: /^view, Stalled/ })).toBeVisible();
  await worker.rest('PUT', '/connectors/cam/resume');
  await expect(page.getByRole('link', { name: /^view, Live/ })).toBeVisible();
});

test('the log comes by itself, filtered by connector', async ({ page, open, worker }) => {
  await open('#/logs?connector=cam');
  await expect(page.getByRole('log')).toBeVisible();
  await worker.rest('PUT', '/connectors/cam/pause');
  await worker.rest('PUT', '/connectors/cam/resume');
  await expect(page.getByRole('log')).toContainText('cam');
  await screenshot(page, 'logs');
});

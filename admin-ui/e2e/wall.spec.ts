import { plainProxy } from './proxy';
import { expect, hasPicture, screenshot, settled, test } from './test';
import type { Page } from '@playwright/test';

// Names that a list, a URL or a page could take for something else.
const odd = 'Straße, <b>50%</b> & more';

test.beforeEach(async ({ worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  for (const name of ['one', 'two', odd]) await worker.sink(name, 'cam');
  await worker.frames('cam', 30);
});

const tiles = (page: Page) => page.locator('.tile');
/** What the tiles are of, in the order of the page. */
const order = (page: Page) => page.locator('.tile .cap .ell').allTextContents();
const columns = (page: Page) =>
  page.locator('.wall').evaluate((node) => getComputedStyle(node).gridTemplateColumns.split(' ').length);
/** Nothing of the page is wider than its window. */
const overflow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

test('which streams a wall shows, in what order and how many columns, stands in its URL and outlives a reload', async ({
  page,
  open,
}) => {
  await open('#/wall');
  await expect(tiles(page)).toHaveCount(3);
  await page.getByRole('button', { name: 'Layout', exact: true }).click();
  const layout = page.getByRole('region', { name: 'Layout' });
  await layout.getByRole('checkbox', { name: 'one' }).uncheck();
  await expect(tiles(page)).toHaveCount(2);
  const before = await order(page);
  await layout.getByRole('button', { name: `Move ${before[1]} up` }).click();
  await expect.poll(() => order(page)).toEqual([before[1], before[0]]);
  await layout.getByLabel('Columns').selectOption('1');
  await expect.poll(() => columns(page)).toBe(1);
  await screenshot(page, 'wall-layout');
  await page.reload();
  await expect.poll(() => order(page)).toEqual([before[1], before[0]]);
  expect(await columns(page)).toBe(1);
  await page.getByRole('button', { name: 'All streams' }).click();
  await expect(tiles(page)).toHaveCount(3);
  await page.setViewportSize({ width: 390, height: 844 });
  await settled(page);
  await screenshot(page, 'wall-layout-phone');
  expect(await overflow(page)).toBe(0);
});

test('kiosk mode shows the streams and nothing else, fills the window, and goes on after a restart of the worker', async ({
  page,
  open,
  worker,
}) => {
  const list = encodeURIComponent([encodeURIComponent(odd), 'one'].join(','));
  await open(`#/wall?kiosk=true&streams=${list}`);
  await expect(tiles(page)).toHaveCount(2);
  expect(await order(page)).toEqual([odd, 'one']);
  await expect(page.getByRole('navigation')).toHaveCount(0);
  const picture = page.getByRole('link', { name: /^one, Live/ }).locator('canvas');
  await expect.poll(() => hasPicture(picture)).toBe(true);
  for (const [width, height] of [
    [1280, 720],
    [390, 844],
    [1000, 200],
  ] as const) {
    await page.setViewportSize({ width, height });
    const inside = async () => {
      const boxes = await tiles(page).evaluateAll((nodes) =>
        nodes.map((node) => node.getBoundingClientRect().toJSON()),
      );
      return boxes.every(
        (box) => box.left >= -1 && box.top >= -1 && box.right <= width + 1 && box.bottom <= height + 1,
      );
    };
    await expect.poll(inside, `no tile is cut off at ${width}x${height}`).toBe(true);
    expect(await overflow(page)).toBe(0);
    await screenshot(page, `kiosk-${width}`);
  }
  // One picture alone, and back.
  await page.getByRole('link', { name: /^one, / }).click();
  await expect(tiles(page)).toHaveCount(1);
  await page.getByRole('link', { name: /^one, / }).click();
  await expect(tiles(page)).toHaveCount(2);
  await worker.halt();
  await worker.run();
  await worker.state('one', 'RUNNING');
  await expect(page.getByRole('link', { name: /^one, Live/ })).toBeVisible();
  expect(await order(page)).toEqual([odd, 'one']);
  await page.reload();
  await expect(page.getByRole('link', { name: /^one, Live/ })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('navigation', { name: 'Main' })).not.toHaveCount(0);
  expect(await order(page)).toEqual([odd, 'one']);
});

test('a wall that names what is not there says so, and shows it once it is', async ({ page, open, worker }) => {
  await open('#/wall?kiosk=true&streams=late%2Cone');
  await expect(page.getByText('Not there now: late')).toBeVisible();
  await worker.sink('late', 'cam');
  await expect(page.getByRole('link', { name: /^late, Live/ })).toBeVisible();
  await expect(page.getByText('Not there now')).toHaveCount(0);
  await page.goto('about:blank');
  await open('#/wall?streams=never&columns=99');
  await expect(page.getByText('Not there now: never')).toBeVisible();
});

test('a kiosk behind a proxy, under a path, is the same', async ({ page, worker }) => {
  const proxy = await plainProxy(() => ({ '/deep/fs/': `${worker.url}/` }));
  try {
    await page.goto(`http://127.0.0.1:${proxy.port}/deep/fs/ui/#/wall?kiosk=true&streams=two&columns=1`);
    await expect(page.getByRole('link', { name: /^two, Live/ })).toBeVisible();
    await page.getByRole('link', { name: 'Leave kiosk mode' }).focus();
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL(`http://127.0.0.1:${proxy.port}/deep/fs/ui/#/wall?columns=1&streams=two`);
    await expect(tiles(page)).toHaveCount(1);
  } finally {
    await proxy.close();
  }
});

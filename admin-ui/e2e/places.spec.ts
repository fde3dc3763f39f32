import { readFileSync } from 'node:fs';
import { expect, test } from './test';

test('seven places, five of them in a phone’s bar, and how the worker is', async ({ page, open }) => {
  await open('');
  const nav = page.getByRole('navigation', { name: 'Main', exact: true });
  const side = page.getByRole('complementary', { name: 'Sidebar' });
  await expect(side).toContainText('Broker reachable');
  await expect(side).toContainText(/v\d+\.\d+\.\d+ · up \d+/);
  for (const place of ['Pipelines', 'Connectors', 'Live wall', 'Topics', 'Replay', 'Logs', 'Worker & plugins']) {
    await nav.getByRole('link', { name: place, exact: true }).click();
    await expect(page.getByRole('heading', { level: 1, name: place })).toBeVisible();
  }
  await page.goBack();
  await expect(page.getByRole('heading', { level: 1, name: 'Logs' })).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  const bar = page.getByRole('navigation', { name: 'Main, phone' });
  await expect(bar.locator('a, button')).toHaveCount(5);
  await bar.getByRole('button', { name: 'More' }).click();
  await page.getByRole('link', { name: 'Worker & plugins' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Worker & plugins' })).toBeVisible();
});

test('every tab of a connector has a URL that a reload brings back', async ({ page, open, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true', 'jpeg.quality': '77' });
  await open('#/connectors/cam');
  const tabs = page.getByRole('navigation', { name: 'Of this connector' });
  for (const tab of ['Tasks', 'Config', 'Offsets', 'History', 'Logs', 'Metrics']) {
    await tabs.getByRole('link', { name: tab }).click();
    await expect(page).toHaveURL(new RegExp(`tab=${tab.toLowerCase()}`));
    await page.reload();
    await expect(tabs.getByRole('link', { name: tab })).toHaveAttribute('aria-current', 'page');
  }
  await tabs.getByRole('link', { name: 'Config' }).click();
  await expect(page.getByRole('main')).toContainText('jpeg.quality');
  await expect(page.getByRole('main')).toContainText('77');
});

test('a connector is made paused when that is asked for', async ({ page, open, worker }) => {
  await open('#/connectors?create=configure&plugin=VideoFileSource');
  await page.getByRole('textbox', { name: /^Name/ }).fill('later');
  await page.locator('#f-file').fill(worker.video('cam.mp4'));
  await page.locator('#f-topic').fill('cam');
  await page.getByText('Paused', { exact: true }).click();
  await page.getByRole('button', { name: 'Review changes' }).click();
  await page.getByRole('button', { name: 'curl', exact: true }).click();
  await expect(page.getByRole('region', { name: 'Configuration as curl' })).toContainText('"initial_state": "PAUSED"');
  await page.getByRole('button', { name: 'Create connector' }).click();
  await worker.state('later', 'PAUSED');
});

test('a trace leads to its log lines, which can be paused, filtered and downloaded', async ({ page, open, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  await worker.source('other', worker.video('other.mp4'), 'other', { loop: 'true' });
  await open('#/connectors/cam?tab=tasks');
  await open('#/logs?connector=cam&level=info');
  const log = page.getByRole('log');
  await expect(log).toContainText('cam|task-0');
  await expect(log).not.toContainText('other|task-0');
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  const lines = await log.textContent();
  const newest = async () => (await worker.rest('GET', '/logs?connector=cam&level=info')).body.next as number;
  const before = await newest();
  await worker.rest('POST', '/connectors/cam/restart?includeTasks=true');
  await expect.poll(newest, 'the worker has logged more').toBeGreaterThan(before);
  // The page has the new lines, and holds them back.
  await expect(page.getByRole('region', { name: 'Log' }).getByRole('status')).toHaveText(/^Paused · \d+ new lines?/);
  expect(await log.textContent()).toBe(lines);
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect.poll(() => log.textContent()).not.toBe(lines);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  expect(readFileSync(await (await download).path(), 'utf8')).toContain('cam|task-0: ');
});

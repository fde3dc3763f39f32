// Records of any topic: found by offset, time and key, and shown as what they are.
import AxeBuilder from '@axe-core/playwright';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, screenshot, settled, test } from './test';
import { build, Worker } from './worker';

const rows = (page: import('@playwright/test').Page) =>
  page.getByRole('region', { name: 'Records', exact: true }).locator('tbody tr');

test('the newest records are shown, and older and newer ones from there', async ({ page, open, worker }) => {
  await worker.create('clock', { 'connector.class': 'HeartbeatSource', topic: 'beats', rate: '500', count: '130' });
  await worker.frames('beats', 130);
  await open('#/topics/beats');
  await page.getByRole('link', { name: 'Records' }).click();
  await expect(rows(page)).toHaveCount(50);
  await expect(rows(page).first()).toContainText('129');
  await expect(rows(page).last()).toContainText('80');
  await settled(page);
  await screenshot(page, 'topic-records');
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  await page.getByRole('button', { name: 'Older' }).click();
  await expect(rows(page).last()).toContainText('30');
  await page.getByRole('button', { name: 'Older' }).click();
  await expect(rows(page)).toHaveCount(30);
  await expect(page.getByRole('button', { name: 'Older' })).toHaveAttribute('aria-disabled', 'true');
  await page.getByRole('button', { name: 'Newer' }).click();
  await expect(rows(page).first()).toContainText('30');
  await page.goBack();
  await expect(rows(page)).toHaveCount(30);
});

test('records are found by offset, by time and by key', async ({ page, open, worker }) => {
  await worker.create('clock', { 'connector.class': 'HeartbeatSource', topic: 'beats', rate: '500', count: '200' });
  await worker.frames('beats', 200);
  await open('#/topics/beats/records');
  const find = page.getByRole('form', { name: 'Find records' });
  await find.getByLabel('From').selectOption('offset');
  await expect(find.getByRole('button', { name: 'Find' })).toHaveAttribute('aria-disabled', 'true');
  await find.getByRole('textbox', { name: 'Offset' }).fill('17');
  await find.getByRole('button', { name: 'Find' }).click();
  await expect(rows(page).first()).toContainText('17');
  await expect(page).toHaveURL(/offset=17/);

  const { records } = (await worker.rest('GET', '/topics/beats/records?offset=150&limit=1')).body;
  const local = await page.evaluate((time) => {
    const zone = new Date(time).getTimezoneOffset() * 60_000;
    return new Date(time - zone).toISOString().slice(0, 23);
  }, records[0].timestamp);
  await find.getByLabel('From').selectOption('time');
  await find.getByLabel('Time', { exact: true }).fill(local);
  await find.getByRole('button', { name: 'Find' }).click();
  // Two of one millisecond: the first of them.
  await expect(rows(page).first()).toContainText(/149|150/);

  await find.getByLabel('From').selectOption('newest');
  await find.getByLabel('Only of a key').check();
  await find.getByLabel('Key', { exact: true }).fill('nobody');
  await find.getByRole('button', { name: 'Find' }).click();
  await expect(page.getByText('None with this key here')).toBeVisible();
  await find.getByLabel('Key', { exact: true }).fill(records[0].key ?? '');
  await find.getByRole('button', { name: 'Find' }).click();
  await expect(rows(page)).toHaveCount(50);
  await expect(rows(page).first()).toContainText('199');
  // A reload brings it back.
  await page.reload();
  await expect(find.getByLabel('Only of a key')).toBeChecked();
  await expect(rows(page).first()).toContainText('199');
});

test('a picture, a text, bytes and a tombstone are shown as what they are', async ({ page }) => {
  const worker = await Worker.start(join(build, 'test-plugins'));
  try {
    const file = join(worker.folder, 'one.jpg');
    const pattern = ['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=size=640x360:duration=1', '-frames:v', '1'];
    execFileSync('ffmpeg', [...pattern, file]);
    const picture = readFileSync(file);
    await worker.create('odd', {
      'connector.class': 'OddRecordsSource',
      topic: 'odd',
      picture: picture.toString('hex'),
    });
    await worker.frames('odd', 7);
    await page.goto(`${worker.url}/ui/#/topics/odd/records?record=0`);
    const one = page.getByRole('region', { name: 'Record 0', exact: true });
    const shown = one.getByRole('img', { name: 'Value of the record' });
    await expect.poll(() => shown.evaluate((node) => (node as HTMLImageElement).naturalWidth)).toBe(640);
    await expect(one).toContainText('door');
    await settled(page);
    await screenshot(page, 'topic-record-picture');
    await one.getByRole('button', { name: 'Hex' }).click();
    await expect(one.getByRole('region', { name: 'Value of the record' })).toContainText('000000  ff d8 ff');
    await screenshot(page, 'topic-record-hex');
    const saved = page.waitForEvent('download');
    await one.getByRole('button', { name: 'Save' }).click();
    expect(readFileSync(await (await saved).path())).toEqual(picture);

    await page.getByRole('button', { name: 'Record 2', exact: true }).click();
    await expect(page.getByRole('region', { name: 'Record 2', exact: true })).toContainText('a tombstone');
    await expect(page.getByRole('group', { name: 'Show the value as' })).toHaveCount(0);
    await page.setViewportSize({ width: 390, height: 844 });
    await settled(page);
    await screenshot(page, 'topic-record-phone');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  } finally {
    await worker.end();
  }
});

test('a record that is gone, and a topic that cannot be read, are said', async ({ page, open, worker }) => {
  await worker.create('clock', { 'connector.class': 'HeartbeatSource', topic: 'beats', rate: '500', count: '10' });
  await worker.frames('beats', 10);
  await open('#/topics/beats/records?record=5000');
  await expect(page.getByText('This record is not there.')).toBeVisible();
  await page.route('**/topics/beats/records?*', (route) =>
    route.fulfill({ status: 503, json: { error_code: 503, message: 'The broker is away', problems: [] } }),
  );
  await open('#/topics/beats/records?offset=3');
  await expect(page.getByText('The records could not be read.')).toBeVisible();
  await expect(page.getByText('The broker is away')).toBeVisible();
});

test('a record is produced, and produced again', async ({ page, open, worker }) => {
  await worker.create('clock', { 'connector.class': 'HeartbeatSource', topic: 'beats', rate: '500', count: '3' });
  await worker.frames('beats', 3);
  await open('#/topics/beats/records');
  await page.getByRole('button', { name: 'Produce', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Produce to beats' });
  await dialog.getByRole('group', { name: 'Key' }).getByRole('radio', { name: 'Text' }).check();
  await dialog.getByRole('textbox', { name: 'Key', exact: true }).fill('door');
  await dialog.getByRole('group', { name: 'Value' }).getByRole('radio', { name: 'JSON' }).check();
  await dialog.getByRole('textbox', { name: 'Value', exact: true }).fill('{"open": ');
  await dialog.getByRole('button', { name: 'Add a header' }).click();
  await dialog.getByLabel('Value of header 1').fill('hand');
  await dialog.getByRole('button', { name: 'Produce', exact: true }).click();
  await expect(dialog.getByRole('alert')).toContainText('is no JSON');
  await dialog.getByRole('textbox', { name: 'Value', exact: true }).fill('{"open": true}');
  // What only the worker knows to be wrong stands at its field as well.
  await dialog.getByRole('button', { name: 'Produce', exact: true }).click();
  await expect(dialog.getByRole('alert')).toHaveText('must not be empty');
  await dialog.getByLabel('Name of header 1').fill('by');
  await settled(page);
  await screenshot(page, 'topic-produce');
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await dialog.getByRole('button', { name: 'Produce', exact: true }).click();
  await expect(dialog).toHaveCount(0);
  const one = (offset: number) => page.getByRole('region', { name: `Record ${offset}`, exact: true });
  await expect(one(3)).toContainText('door');
  await expect(one(3).getByRole('region', { name: 'Value of the record' })).toContainText('"open": true');

  await one(3).getByRole('button', { name: 'Produce again' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Produce', exact: true }).click();
  await expect(one(4)).toContainText('hand');
  const { records } = (await worker.rest('GET', '/topics/beats/records?offset=3')).body;
  expect(records).toHaveLength(2);
  for (const field of ['key', 'value', 'headers']) expect(records[1][field]).toEqual(records[0][field]);
  await expect(rows(page).first()).toContainText('4');

  // A tombstone, with the keyboard alone.
  await page.getByRole('button', { name: 'Produce', exact: true }).focus();
  await page.keyboard.press('Enter');
  await dialog.getByRole('group', { name: 'Value' }).getByRole('radio', { name: 'Null' }).check();
  await dialog.getByRole('button', { name: 'Produce', exact: true }).press('Enter');
  await expect(one(5)).toContainText('a tombstone');
});

test('of video it is asked where readers can begin, and bytes are produced again as they are', async ({
  page,
  open,
  worker,
}) => {
  await worker.source('cam', worker.video('cam.mp4', 1), 'cam', { format: 'copy' });
  await worker.frames('cam', 30);
  await open('#/topics/cam/records?record=0');
  await page.getByRole('button', { name: 'Produce again' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Produce', exact: true }).click();
  await expect(dialog.getByRole('alert')).toContainText('need those before them');
  await dialog.getByLabel('Where readers can begin').selectOption('here');
  await page.setViewportSize({ width: 390, height: 844 });
  await settled(page);
  await screenshot(page, 'topic-produce-phone');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await dialog.getByRole('button', { name: 'Produce', exact: true }).click();
  await expect(page.getByRole('region', { name: 'Record 30', exact: true })).toBeVisible();
  const read = async (offset: number) =>
    (await worker.rest('GET', `/topics/cam/records?offset=${offset}&limit=1&whole_value=16777216`)).body.records[0];
  expect((await read(30)).value).toBe((await read(0)).value);
});

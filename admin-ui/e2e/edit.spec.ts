import { expect, screenshot, test } from './test';

test('an edit shows its diff before it is saved, and keeps unknown keys', async ({ page, open, worker }) => {
  const file = worker.video('cam.mp4');
  await worker.source('cam', file, 'cam', { loop: 'true', 'my.own.key': 'kept' });
  await open('#/connectors/cam');
  await page.getByRole('link', { name: 'Edit' }).click();
  await expect(page.getByLabel('my.own.key', { exact: true })).toHaveValue('kept');
  await page.locator('[id="f-jpeg.quality"]').fill('60');
  await page.getByRole('switch', { name: 'Loop' }).uncheck();
  await page.getByRole('button', { name: 'Review changes' }).click();
  await expect(page.getByRole('row', { name: /added jpeg\.quality/ })).toContainText('default 80');
  await expect(page.getByRole('row', { name: /changed loop/ })).toContainText('false');
  await screenshot(page, 'edit-diff');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByRole('heading', { name: 'cam', exact: true, level: 1 })).toBeVisible();
  const config = (await worker.rest('GET', '/connectors/cam/config')).body;
  expect(config).toMatchObject({ 'jpeg.quality': '60', loop: 'false', 'my.own.key': 'kept', file });
});

test('form and JSON are two views of one state', async ({ page, open, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam');
  await open('#/connectors/cam/edit?view=json');
  const json = page.getByLabel('Configuration as JSON');
  const config = JSON.parse(await json.inputValue());
  await json.fill(JSON.stringify({ ...config, width: '160', extra: 'x' }));
  await page.getByRole('button', { name: 'Form' }).click();
  await expect(page.locator('#f-width')).toHaveValue('160');
  await expect(page.getByLabel('extra', { exact: true })).toHaveValue('x');
  await page.locator('#f-width').fill('200');
  await page.getByRole('button', { name: 'JSON', exact: true }).first().click();
  expect(JSON.parse(await page.getByLabel('Configuration as JSON').inputValue())).toMatchObject({
    width: '200',
    extra: 'x',
  });
});

test('a configuration that someone else saved meanwhile is merged, not lost', async ({ page, open, worker }) => {
  const file = worker.video('cam.mp4');
  await worker.source('cam', file, 'cam');
  await open('#/connectors/cam/edit');
  await page.locator('[id="f-jpeg.quality"]').fill('60');
  const config = (await worker.rest('GET', '/connectors/cam/config')).body;
  expect(
    (await worker.rest('PUT', '/connectors/cam/config', { ...config, 'jpeg.quality': '70', width: '160' })).status,
  ).toBe(200);
  await page.getByRole('button', { name: 'Review changes' }).click();
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText('Someone else saved this configuration meanwhile')).toBeVisible();
  await page.getByRole('button', { name: 'Merge and review again' }).click();
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByRole('heading', { name: 'cam', exact: true, level: 1 })).toBeVisible();
  expect((await worker.rest('GET', '/connectors/cam/config')).body).toMatchObject({
    'jpeg.quality': '60',
    width: '160',
  });
});

test('leaving with unsaved edits asks', async ({ page, open, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam');
  await open('#/connectors/cam/edit');
  await page.locator('#f-width').fill('160');
  await page.getByRole('navigation', { name: 'Main', exact: true }).getByRole('link', { name: 'Topics' }).click();
  await expect(page.getByRole('dialog', { name: 'Leave without saving?' })).toBeVisible();
  await page.getByRole('button', { name: 'Stay' }).click();
  await expect(page.locator('#f-width')).toHaveValue('160');
  await page.getByRole('navigation', { name: 'Main', exact: true }).getByRole('link', { name: 'Topics' }).click();
  await page.getByRole('button', { name: 'Leave' }).click();
  await expect(page.getByRole('heading', { name: 'Topics', level: 1 })).toBeVisible();
});

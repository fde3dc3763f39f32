import { expect, screenshot, test } from './test';

test('a wrong value is shown at its field and fixed with a click, then the connector runs', async ({
  page,
  open,
  worker,
}) => {
  const file = worker.video('cam.mp4');
  await open('#/connectors');
  await page.getByRole('main').getByRole('link', { name: 'Create a connector' }).click();
  await page.getByRole('link', { name: /VideoFileSource/ }).click();
  await page.getByRole('textbox', { name: /^Name/ }).fill('cam');
  await page.locator('#f-file').fill(file);
  await page.locator('#f-topic').fill('cam');
  const quality = page.locator('[id="f-jpeg.quality"]');
  await quality.fill('400');
  await expect(quality).toHaveAttribute('aria-invalid', 'true');
  const problem = page.locator('[id="f-jpeg.quality-e"]');
  await expect(problem).toContainText('between 1 and 100, but is "400"');
  expect(await quality.getAttribute('aria-describedby')).toContain('f-jpeg.quality-e');
  await expect(page.getByRole('button', { name: 'Go to JPEG quality' })).toBeVisible();
  await screenshot(page, 'create-error');
  await page.getByRole('button', { name: 'Use 100' }).click();
  await expect(quality).toHaveValue('100');
  await expect(problem).toHaveCount(0);

  await page.getByRole('button', { name: 'Review changes' }).click();
  await expect(page.getByRole('row', { name: /added jpeg\.quality/ })).toContainText('100');
  await screenshot(page, 'create-review');
  await page.getByRole('button', { name: 'Create connector' }).click();
  await expect(page.getByRole('heading', { name: 'cam', exact: true, level: 1 })).toBeVisible();
  await worker.state('cam', 'RUNNING');
  const config = (await worker.rest('GET', '/connectors/cam/config')).body;
  expect(config).toEqual({
    name: 'cam',
    'connector.class': 'VideoFileSource',
    file,
    topic: 'cam',
    'jpeg.quality': '100',
  });
});

test('what only the worker can see is wrong comes back to its field', async ({ page, open }) => {
  await open('#/connectors?create=configure&plugin=VideoFileSource');
  await page.getByRole('textbox', { name: /^Name/ }).fill('cam');
  await page.locator('#f-file').fill('/nowhere/at-all.mp4');
  await page.locator('#f-topic').fill('cam');
  await expect(page.getByText('No errors')).toBeVisible();
  await page.getByRole('button', { name: 'Review changes' }).click();
  await page.getByRole('button', { name: 'Create connector' }).click();
  await expect(page.locator('#f-file-e')).toContainText('/nowhere/at-all.mp4');
  await expect(page.locator('#f-file')).toHaveValue('/nowhere/at-all.mp4');
});

test('Back keeps what was typed, and a reload brings it back', async ({ page, open }) => {
  await open('#/connectors?create=configure&plugin=VideoFileSource');
  await page.getByRole('textbox', { name: /^Name/ }).fill('cam');
  await page.locator('#f-file').fill('/a.mp4');
  await page.locator('#f-topic').fill('t');
  await page.getByRole('button', { name: 'Review changes' }).click();
  await expect(page.getByRole('heading', { name: 'What will be created' })).toBeVisible();
  await page.goBack();
  await expect(page.locator('#f-file')).toHaveValue('/a.mp4');
  page.on('dialog', (dialog) => void dialog.accept());
  await page.reload();
  await expect(page.locator('#f-file')).toHaveValue('/a.mp4');
});

test('an untouched required field is named when the review is asked for', async ({ page, open }) => {
  await open('#/connectors?create=configure&plugin=VideoFileSource');
  await expect(page.locator('#f-topic')).toBeVisible();
  await expect(page.locator('#f-topic-e')).toHaveCount(0);
  await page.getByRole('button', { name: 'Review changes' }).click();
  await expect(page.locator('#f-topic-e')).toContainText('required');
  await expect(page.getByRole('alert').filter({ hasText: '2 errors' })).toHaveCount(1);
});

test('a pasted .properties fills the form in, whatever keys it has', async ({ page, open }) => {
  await open('#/connectors?create=plugin');
  await page.getByText('Paste or upload a configuration').click();
  await page
    .getByLabel(/JSON or .properties/)
    .fill('name=pasted\nconnector.class=VideoFileSource\nfile=/x.mp4\ntopic=t\nmy.own.key=kept\n');
  await page.getByRole('button', { name: 'Use it' }).click();
  await expect(page.locator('#f-file')).toHaveValue('/x.mp4');
  await expect(page.getByLabel('my.own.key', { exact: true })).toHaveValue('kept');
});

test('the probe shows the first frame and what it costs', async ({ page, open, worker }) => {
  const file = worker.video('probe.mp4');
  await open('#/connectors?create=configure&plugin=VideoFileSource');
  await page.locator('#f-file').fill(file);
  await expect(page.getByRole('img', { name: 'First frame of the source' })).toBeVisible();
  await expect(page.getByText('320×180')).toBeVisible();
  await expect(page.getByText('30.0 fps')).toBeVisible();
  await expect(page.getByText(/h264 in/)).toBeVisible();
  await page.locator('[id="f-jpeg.quality"]').fill('400');
  await expect(page.getByText('Before the error')).toBeVisible();
  await expect(page.getByRole('img', { name: 'First frame of the source' })).toBeVisible();
});

test('an answer that comes when the form has been left changes nothing and says nothing', async ({ page, open }) => {
  const said: string[] = [];
  page.on('console', (message) => {
    if (message.text().includes('svelte.dev/e/')) said.push(message.text());
  });
  await open('#/connectors?create=configure&plugin=VideoFileSource');
  await expect(page.locator('#f-file')).toBeVisible();
  let release = (): void => undefined;
  const held = new Promise<void>((done) => (release = done));
  await page.route('**/config/validate', async (route) => {
    await held;
    await route.continue();
  });
  const asked = page.waitForRequest('**/config/validate');
  await page.getByRole('button', { name: 'Review changes' }).click();
  await asked;
  await page.evaluate(() => (location.hash = '#/worker'));
  await expect(page.locator('#f-file')).toHaveCount(0);
  const answered = page.waitForResponse('**/config/validate');
  release();
  await (await answered).finished();
  await page.evaluate(() => new Promise((done) => setTimeout(done, 100))); // decides nothing: what must not happen gets time to
  expect(said).toEqual([]);
  expect(new URL(page.url()).hash, 'whoever has left the form stays where he went').toBe('#/worker');
});

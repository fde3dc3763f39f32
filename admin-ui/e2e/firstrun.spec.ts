import { expect, hasPicture, pixels, screenshot, test } from './test';

test('from an empty worker to a live picture in one click, and back with another', async ({ page, open, worker }) => {
  await open('');
  await expect(page.getByRole('heading', { name: 'Create your first pipeline' })).toBeVisible();
  await screenshot(page, 'first-run');
  await page.getByRole('button', { name: 'Play the sample video' }).click();

  const picture = page.getByTestId('open-picture');
  await expect.poll(() => picture.isVisible().then((visible) => visible && hasPicture(picture))).toBe(true);
  const before = await pixels(picture);
  await expect.poll(() => pixels(picture)).not.toBe(before);
  expect((await worker.rest('GET', '/connectors')).body).toHaveLength(2);

  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('heading', { name: 'Create your first pipeline' })).toBeVisible();
  expect((await worker.rest('GET', '/connectors')).body).toEqual([]);
  expect((await worker.rest('GET', '/topics')).body).toEqual([]);
});

test('the root of the worker leads a browser to the page', async ({ page, worker }) => {
  await page.goto(worker.url);
  await expect(page).toHaveURL(/\/ui\//);
  await expect(page.getByRole('heading', { name: 'Pipelines', level: 1 })).toBeVisible();
});

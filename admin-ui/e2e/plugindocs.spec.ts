// What a plugin says of itself.
import AxeBuilder from '@axe-core/playwright';
import { expect, screenshot, settled, test } from './test';

test('the keys of a connector and what its tasks report are told on the page', async ({ page, open }) => {
  await open('#/worker');
  await page.getByRole('link', { name: 'VideoFileSource', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'VideoFileSource' })).toBeVisible();
  const term = (name: string) =>
    page.locator('dl > div', { has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) });
  await expect(term('jpeg.quality')).toContainText('The quality of the JPEGs');
  await expect(term('jpeg.quality')).toContainText('default 80');
  await expect(term('topic')).toContainText('required');
  await expect(page.getByRole('region', { name: 'What its tasks report' })).toContainText('frames_read');
  await settled(page);
  await screenshot(page, 'plugin-docs');
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.getByRole('link', { name: 'Create', exact: true }).click();
  await expect(page).toHaveURL(/plugin=VideoFileSource/);
});

test('a transform has its page as well, and what there is not says so', async ({ page, open }) => {
  await open('#/worker/RegexRouter');
  await expect(page.getByText('replacement', { exact: true })).toBeVisible();
  await open('#/worker/Nobody');
  await expect(page.getByRole('heading', { name: 'There is no plugin Nobody' })).toBeVisible();
});

// What the preview of a source shows of its transforms.
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, screenshot, settled, test } from './test';

async function fits(page: Page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect.soft(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)).toEqual([]);
  expect.soft(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
}

const thinned = {
  transforms: 'thin,small',
  'transforms.thin.type': 'Filter',
  'transforms.thin.predicate': 'tenth',
  'transforms.thin.negate': 'true',
  predicates: 'tenth',
  'predicates.tenth.type': 'EveryNth',
  'predicates.tenth.n': '10',
  'transforms.small.type': 'Resize',
  'transforms.small.width': '160',
};

for (const [width, scheme] of [
  [1440, 'light'],
  [1440, 'dark'],
  [390, 'dark'],
  [320, 'light'],
] as const)
  test(`frames are shown before and after the transforms at ${width}, ${scheme}`, async ({ page, open, worker }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 900 });
    const config = { 'connector.class': 'VideoFileSource', file: worker.video('cam.mp4'), topic: 'cam', ...thinned };
    await worker.create('cam', config, 'STOPPED');
    const preview = page.getByRole('region', { name: 'Preview' });
    // A probe takes what it gets in its time, and a machine that is busy may not get so far.
    await expect(async () => {
      await open('#/');
      await open('#/connectors/cam/edit');
      await expect(preview).toContainText('Of the first 30 records 3 go on, 27 left out by transforms.thin (Filter).', {
        timeout: 15_000,
      });
    }).toPass();
    await expect(preview.getByText('Left out by transforms.thin (Filter)', { exact: true })).toBeVisible();
    await expect(preview.getByRole('img', { name: 'Record before the transforms' })).toBeVisible();
    await expect(preview.getByText('3.0 fps')).toBeVisible();
    const next = preview.getByRole('button', { name: 'Next record' });
    for (let i = 2; i <= 7; i += 1) {
      await next.click();
      await expect(preview.getByText(`Record ${i} of 7`)).toBeVisible();
    }
    await expect(next).toHaveAttribute('aria-disabled', 'true');
    await expect(preview.getByRole('img', { name: 'Record after the transforms' })).toBeVisible();
    await expect(preview.getByText('320×180', { exact: true })).toBeVisible();
    await expect(preview.getByText('160×90', { exact: true })).toBeVisible();
    const changes = preview.getByRole('region', { name: 'What the transforms change' });
    await expect(changes.getByRole('row', { name: /^framespool\.width/ })).toHaveText(/320\s*160/);
    await settled(page);
    await fits(page);
    await screenshot(page, `probe-${width}-${scheme}`);
    expect((await worker.rest('GET', '/topics')).body, 'a probe writes nothing').toEqual([]);
  });

test('texts and what is changed of a record are shown, and a change of the chain is', async ({
  page,
  open,
  worker,
}) => {
  await worker.create(
    'texts',
    {
      'connector.class': 'HeartbeatSource',
      topic: 'texts',
      rate: '100',
      transforms: 'mark',
      'transforms.mark.type': 'InsertHeader',
      'transforms.mark.header': 'site',
      'transforms.mark.value.literal': '<b>yard</b>',
    },
    'STOPPED',
  );
  await open('#/connectors/texts/edit');
  const preview = page.getByRole('region', { name: 'Preview' });
  await expect(preview).toContainText(/Of the first \d+ records? all go on\./);
  await expect(preview.getByRole('region', { name: 'Record before the transforms' })).toHaveText('0');
  await expect(preview.getByRole('region', { name: 'Record after the transforms' })).toHaveText('0');
  const changes = preview.getByRole('region', { name: 'What the transforms change' });
  await expect(changes.getByRole('row', { name: /^site/ })).toHaveText(/none\s*<b>yard<\/b>/);
  await page.locator('[id="f-transforms.mark.value.literal"]').fill('gate');
  await expect(changes.getByRole('row', { name: /^site/ })).toHaveText(/none\s*gate/);
  await page.getByRole('button', { name: 'Remove mark' }).click();
  await expect(preview.getByRole('region', { name: 'First record of the source' })).toHaveCount(0);
  await expect(preview.getByLabel('First record of the source')).toHaveText('0');
});

test('a transform that fails says why', async ({ page, open, worker }) => {
  await worker.create(
    'texts',
    {
      'connector.class': 'HeartbeatSource',
      topic: 'texts',
      rate: '100',
      transforms: 'cut',
      'transforms.cut.type': 'Cast$Value',
      'transforms.cut.spec': 'n:int8',
    },
    'STOPPED',
  );
  await open('#/connectors/texts/edit');
  const preview = page.getByRole('region', { name: 'Preview' });
  await expect(preview).toContainText(/none goes on, \d+ failed\./);
  await expect(preview.getByText(/^transforms\.cut \(Cast\) fails: ./)).toBeVisible();
  await settled(page);
  await fits(page);
  await screenshot(page, 'probe-fails');
});

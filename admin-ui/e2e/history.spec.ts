// Who changed what of a connector, and the way back.
import AxeBuilder from '@axe-core/playwright';
import { expect, screenshot, settled, test } from './test';
import type { Worker } from './worker';

const beats = { 'connector.class': 'HeartbeatSource', topic: 'beats', rate: '5' };
const put = (worker: Worker, config: Record<string, string>) => worker.rest('PUT', '/connectors/clock/config', config);
const config = async (worker: Worker) => (await worker.rest('GET', '/connectors/clock/config')).body;

test('a configuration goes back to what it was behind one of its changes', async ({ page, open, worker }) => {
  await worker.create('clock', beats);
  await put(worker, { ...beats, rate: '50' });
  await put(worker, { ...beats, rate: '20', count: '100000' });
  await open('#/connectors/clock?tab=history');
  const rows = page.getByRole('row');
  await expect(rows.nth(1)).toContainText('Changed');
  await expect(rows.nth(1)).toContainText(/rate: 50 →\s*20/);
  await expect(rows.nth(1)).toContainText(/count: not set →\s*100000/);
  await expect(rows.nth(3)).toContainText('Created');
  await expect(page.getByRole('button', { name: 'Back to this' })).toHaveCount(2);
  await settled(page);
  await screenshot(page, 'history');
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  await rows.nth(3).getByRole('button', { name: 'Back to this' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('row', { name: 'rate' })).toContainText('20');
  await expect(dialog.getByRole('row', { name: 'count' })).toContainText('not set');
  await screenshot(page, 'history-back');
  await dialog.getByRole('button', { name: 'Go back to this' }).click();
  await expect(dialog).toBeHidden();
  expect(await config(worker)).toEqual({ ...beats, name: 'clock' });
  // That is a change as well, and can be undone.
  await expect(rows.nth(1)).toContainText(/rate: 20 →\s*5/);
  await rows.nth(2).getByRole('button', { name: 'Back to this' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Go back to this' }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  expect(await config(worker)).toEqual({ ...beats, name: 'clock', rate: '20', count: '100000' });
});

test('what somebody else saves meanwhile is not overwritten', async ({ page, open, worker }) => {
  await worker.create('clock', beats);
  await put(worker, { ...beats, rate: '50' });
  await open('#/connectors/clock?tab=history');
  await page.getByRole('button', { name: 'Back to this' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByRole('row', { name: 'rate' })).toContainText('50');
  await put(worker, { ...beats, rate: '70' });
  await dialog.getByRole('button', { name: 'Go back to this' }).click();
  await expect(dialog).toContainText('Somebody has saved this configuration meanwhile');
  await expect(dialog.getByRole('row', { name: 'rate' })).toContainText('70');
  expect((await config(worker)).rate).toBe('70');
});

test('a configuration that the worker no longer takes is refused with its reason', async ({ page, open, worker }) => {
  await worker.create('clock', beats);
  await put(worker, { ...beats, rate: '50' });
  await open('#/connectors/clock?tab=history');
  await page.getByRole('button', { name: 'Back to this' }).click();
  await page.route('**/connectors/clock/config', (route) =>
    route.request().method() === 'PUT'
      ? route.fulfill({ status: 400, json: { error_code: 400, message: 'rate must be more', problems: [] } })
      : route.continue(),
  );
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Go back to this' }).click();
  await expect(dialog).toContainText('rate must be more');
  expect((await config(worker)).rate).toBe('50');
});

import { renameSync } from 'node:fs';
import { expect, screenshot, test } from './test';

test('pause, resume, stop, restart and delete are shown until they have settled', async ({ page, open, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  await open('#/connectors/cam');
  const main = page.getByRole('main');
  const pill = page.getByRole('banner').or(page.locator('header.top')).locator('.pill').first();
  await main.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(pill).toHaveText('Paused');
  await worker.state('cam', 'PAUSED');
  await main.getByRole('button', { name: 'Resume', exact: true }).click();
  await expect(pill).toHaveText('Running');
  await main.getByRole('button', { name: 'Restart connector and tasks', exact: true }).click();
  await expect(main.getByText('Restarted.')).toBeVisible();
  await main.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(pill).toHaveText('Stopped');
  await worker.state('cam', 'STOPPED');
  const stop = main.getByRole('button', { name: 'Stop', exact: true });
  await expect(stop).toHaveAttribute('aria-disabled', 'true');
  await expect(stop).toHaveAttribute('title', 'It is stopped already');

  await main.getByRole('button', { name: 'Delete', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete cam?' });
  await expect(dialog).toContainText('What stays');
  await dialog.getByRole('button', { name: 'Delete connector' }).click();
  await expect(dialog.getByRole('alert')).toHaveText("This is not the connector's name.");
  await dialog.getByLabel(/Type cam/).fill('cam');
  await dialog.getByRole('button', { name: 'Delete connector' }).click();
  await expect(page.getByRole('heading', { name: 'No connectors yet' })).toBeVisible();
  expect((await worker.rest('GET', '/connectors')).body).toEqual([]);
});

test('a failed task is explained in plain words and restarted from its row', async ({ page, open, worker }) => {
  const file = worker.video('cam.mp4');
  await worker.source('cam', file, 'cam', { loop: 'true' });
  await worker.state('cam', 'RUNNING');
  await worker.rest('PUT', '/connectors/cam/stop');
  await worker.state('cam', 'STOPPED');
  renameSync(file, `${file}.away`);
  await worker.rest('PUT', '/connectors/cam/resume');
  await worker.state('cam', 'FAILED');

  await open('#/pipelines');
  const row = page.getByRole('article', { name: 'Pipeline cam' });
  await expect(row).toContainText('The file is not there any more.');
  await expect(row.getByRole('link', { name: 'Edit file of cam' })).toHaveAttribute(
    'href',
    '#/connectors/cam/edit?field=file',
  );
  await expect(page.getByRole('link', { name: '1 failed' }).first()).toBeVisible();
  await screenshot(page, 'pipelines-failed');
  await row.getByRole('button', { name: 'View trace of cam' }).click();
  await expect(page.getByRole('dialog', { name: 'Trace of cam' })).toContainText(file);
  await expect(page.getByRole('link', { name: 'Its log lines' })).toHaveAttribute('href', '#/logs?connector=cam');
  await expect(page.getByRole('button', { name: 'Copy trace' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: '1 failed' }).first().click();
  await expect(page).toHaveURL(/state=FAILED/);
  await expect(page.getByRole('row', { name: /cam/ })).toHaveCount(1);

  renameSync(`${file}.away`, file);
  await open('#/pipelines');
  await row.getByRole('button', { name: 'Restart task of cam' }).click();
  await expect(row).not.toContainText('The file is not there any more.');
  await worker.state('cam', 'RUNNING');
});

test('several are paused and resumed at once', async ({ page, open, worker }) => {
  const file = worker.video('cam.mp4');
  for (const name of ['a', 'b', 'c']) await worker.source(name, file, name, { loop: 'true' });
  await open('#/connectors');
  await page.getByRole('checkbox', { name: 'Choose a', exact: true }).check();
  await page.getByRole('checkbox', { name: 'Choose b', exact: true }).check();
  await page.getByRole('region', { name: 'Chosen connectors' }).getByRole('button', { name: 'Pause' }).click();
  await worker.state('a', 'PAUSED');
  await worker.state('b', 'PAUSED');
  await worker.state('c', 'RUNNING');
  await expect(page.getByRole('row', { name: /Paused/ })).toHaveCount(2);
});

test('offsets are changed by stopping, applying and resuming, and reset', async ({ page, open, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam');
  await worker.sink('view', 'cam');
  await worker.frames('cam', 120);
  await open('#/connectors/view?tab=offsets');
  await page.getByLabel('New offset of cam · partition 0').fill('42');
  await screenshot(page, 'offsets');
  await page.getByRole('button', { name: 'Stop, apply, resume…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change the offsets of view?' });
  await dialog.getByText('The same with curl').click();
  await expect(dialog).toContainText('kafka_offset');
  await dialog.getByRole('button', { name: 'Stop, apply, resume' }).click();
  await expect(dialog.getByText('Done.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await worker.state('view', 'RUNNING');
  expect((await worker.rest('GET', '/connectors/view/offsets')).body.offsets[0].offset.kafka_offset).toBe(42);

  await page.getByRole('button', { name: 'Reset to the beginning…' }).click();
  await page.getByRole('button', { name: 'Stop, apply, resume', exact: true }).click();
  await expect(page.getByText('Done.')).toBeVisible();
  const offsets = (await worker.rest('GET', '/connectors/view/offsets')).body.offsets;
  expect(offsets.filter((entry: any) => entry.offset.kafka_offset > 0)).toEqual([]);
});

// The configs of connectors as one file, which the worker takes back.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, screenshot, settled, test } from './test';

test('the configs that are shown, or chosen, are saved as a set that PUT /connectors takes', async ({
  page,
  open,
  worker,
}) => {
  const file = join(worker.folder, 'lines.txt');
  await worker.create('clock', { 'connector.class': 'HeartbeatSource', topic: 'beats', rate: '5' });
  await worker.create('lines', { 'connector.class': 'LineFileSink', topics: 'beats', file });
  await open('#/connectors');
  const saved = async (press: () => Promise<void>) => {
    const download = page.waitForEvent('download');
    await press();
    const got = await download;
    expect(got.suggestedFilename()).toBe('connectors.json');
    return JSON.parse(readFileSync(await got.path(), 'utf8')) as Record<string, Record<string, string>>;
  };
  await settled(page);
  await screenshot(page, 'configset');
  const set = await saved(() => page.getByRole('button', { name: 'Download configs' }).click());
  expect(set).toEqual({
    clock: { 'connector.class': 'HeartbeatSource', topic: 'beats', rate: '5' },
    lines: { 'connector.class': 'LineFileSink', topics: 'beats', file },
  });
  const plan = await worker.rest('PUT', '/connectors?prune=true&dry_run=true', set);
  expect(plan.body.plan.map((each: any) => each.action)).toEqual(['none', 'none']);

  await page.getByLabel('Type').selectOption('sink');
  expect(Object.keys(await saved(() => page.getByRole('button', { name: 'Download configs' }).click()))).toEqual([
    'lines',
  ]);
  await page.getByLabel('Type').selectOption('');
  await page.getByRole('checkbox', { name: 'clock' }).check();
  const chosen = page.getByRole('region', { name: 'Chosen connectors' });
  expect(Object.keys(await saved(() => chosen.getByRole('button', { name: 'Download configs' }).click()))).toEqual([
    'clock',
  ]);
});

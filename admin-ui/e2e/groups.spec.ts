// Consumer groups: how far each sink is in the topics that it reads.
import AxeBuilder from '@axe-core/playwright';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, screenshot, settled, test } from './test';

test('a sink that has read all is at the end, and one that is set back is behind', async ({ page, open, worker }) => {
  await worker.create('clock', { 'connector.class': 'HeartbeatSource', topic: 'beats', rate: '500', count: '120' });
  await worker.frames('beats', 120);
  const file = join(worker.folder, 'lines.txt');
  await worker.create('lines', { 'connector.class': 'LineFileSink', topics: 'beats', file });
  await open('#/topics/beats');
  const groups = page.getByRole('region', { name: 'Consumer groups' });
  const row = groups.getByRole('row', { name: 'connect-lines' });
  // What it has read counts when it is committed, at the latest when it is stopped.
  await expect.poll(() => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length : 0)).toBe(121);
  await worker.rest('PUT', '/connectors/lines/stop');
  await expect(row.getByRole('cell').nth(2)).toHaveText('120');
  await expect(row.getByRole('cell').last()).toHaveText('0');

  // Nobody reads it now, and it is set back by hand.
  await expect
    .poll(async () => {
      const offset = { partition: { kafka_topic: 'beats', kafka_partition: 0 }, offset: { kafka_offset: 20 } };
      return (await worker.rest('PATCH', '/connectors/lines/offsets', { offsets: [offset] })).status;
    })
    .toBe(200);
  await expect(row.getByRole('cell').nth(2)).toHaveText('20');
  await expect(row.getByRole('cell').last()).toContainText('100');
  await settled(page);
  await screenshot(page, 'topic-groups');
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  // From the position to the record that is next.
  await row.getByRole('link', { name: '20', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Record 20', exact: true })).toBeVisible();

  await open('#/topics');
  await page.getByRole('button', { name: 'Consumer groups' }).click();
  await expect(page).toHaveURL(/tab=groups/);
  await expect(row.getByRole('cell').nth(1)).toHaveText('beats');
  await expect(row.getByRole('cell').last()).toContainText('100');
  await settled(page);
  await screenshot(page, 'groups');
});

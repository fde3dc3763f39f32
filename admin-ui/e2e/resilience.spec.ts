import { expect, polls, test } from './test';

test('a worker that goes away is a banner, and gone when it returns', async ({ page, open, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  await open('#/pipelines');
  await expect(page.getByRole('article', { name: 'Pipeline cam' })).toBeVisible();
  await worker.halt('SIGKILL');
  await expect(page.getByText('The worker does not answer.')).toBeVisible();
  await expect(page.getByRole('article', { name: 'Pipeline cam' })).toBeVisible();
  await worker.run();
  await expect(page.getByText('The worker does not answer.')).toHaveCount(0);
  await expect(page.getByRole('article', { name: 'Pipeline cam' })).toContainText('Running');
});

test('200 connectors are listed without jank', async ({ page, open, worker }) => {
  const file = worker.video('cam.mp4', 1);
  for (let i = 0; i < 200; i += 1) {
    await worker.create(`cam-${i}`, { 'connector.class': 'VideoFileSource', file, topic: `t-${i}` }, 'STOPPED');
  }
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await open('#/connectors');
  await expect(page.getByRole('row')).toHaveCount(201);
  await page.evaluate(() => {
    (globalThis as any).longest = 0;
    new PerformanceObserver((list) =>
      list
        .getEntries()
        .forEach((entry) => ((globalThis as any).longest = Math.max((globalThis as any).longest, entry.duration))),
    ).observe({ entryTypes: ['longtask'] });
  });
  await polls(page, 4);
  const longest = await page.evaluate(() => (globalThis as any).longest as number);
  expect(asked.filter((path) => path.startsWith('/connectors/'))).toEqual([]);
  console.log(`longest task while 200 connectors are polled: ${Math.round(longest)} ms`);
  await page.getByRole('searchbox', { name: 'Name, plugin or topic' }).fill('cam-19');
  await expect(page.getByRole('row')).toHaveCount(12);
  await expect(page).toHaveURL(/q=cam-19/);
  await page.reload();
  await expect(page.getByRole('row')).toHaveCount(12);
});

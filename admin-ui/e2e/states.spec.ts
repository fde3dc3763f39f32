import { createServer, type Server } from 'node:net';
import { readFileSync } from 'node:fs';
import { expect, freePort, test } from './test';

test('tiles say how their streams stand, and count down to the next try', async ({ page, open, worker }) => {
  await worker.source('short', worker.video('short.mp4', 1), 'short');
  await worker.sink('ended', 'short');
  await worker.sink('empty', 'nothing-yet');
  await open('#/wall');
  await expect(page.getByRole('link', { name: /^empty, Waiting/ })).toContainText(/no picture yet/);
  await expect(page.getByRole('link', { name: /^ended, Ended/ })).toContainText('The source has sent all');
  await worker.halt('SIGKILL');
  await expect(page.getByRole('link', { name: /^ended, Retry in \d s/ })).toContainText('does not answer');
  await worker.run();
  await expect(page.getByRole('link', { name: /^empty, (Waiting|Retry)/ })).toBeVisible();
});

test('a broker that cannot be reached is a banner', async ({ page, open }) => {
  await page.route('**/worker', async (route) => {
    const response = await route.fetch();
    await route.fulfill({
      response,
      json: { ...(await response.json()), broker_reachable: false, broker_message: 'no answer for 12 s' },
    });
  });
  await open('#/pipelines');
  await expect(page.getByText('The broker cannot be reached.')).toBeVisible();
  await expect(page.getByText('no answer for 12 s')).toBeVisible();
  await page.getByRole('link', { name: 'Look at the worker' }).click();
  await expect(page.getByRole('heading', { name: 'Worker & plugins', level: 1 })).toBeVisible();
});

test('a sink whose port is taken is a broken edge, worst first, with the fix as a button', async ({
  page,
  open,
  worker,
}) => {
  const port = await freePort();
  const file = worker.video('cam.mp4');
  await worker.source('a-good', file, 'a-topic', { loop: 'true' });
  await worker.source('b-cam', file, 'b-topic', { loop: 'true' });
  await worker.create(
    'b-view',
    { 'connector.class': 'MjpegHttpSink', topics: 'b-topic', 'http.port': String(port) },
    'STOPPED',
  );
  const taken = await new Promise<Server>((done) => {
    const server = createServer().listen(port, '127.0.0.1', () => done(server));
  });
  try {
    await worker.rest('PUT', '/connectors/b-view/resume');
    await worker.state('b-view', 'FAILED');
    await open('#/pipelines');
    const first = page.getByRole('article').first();
    await expect(first).toHaveAccessibleName('Pipeline b-topic');
    await expect(first).toContainText(`${port}`);
    await expect(first.getByRole('img', { name: /Out of b-topic: .*broken/i })).toBeVisible();
    await expect(first.getByRole('link', { name: 'Edit port of b-view' })).toHaveAttribute(
      'href',
      '#/connectors/b-view/edit?field=http.port',
    );
  } finally {
    await new Promise((done) => taken.close(done));
  }
  await page.getByRole('article').first().getByRole('button', { name: 'Restart task of b-view' }).click();
  await worker.state('b-view', 'RUNNING');
});

test('a topic without a source or a sink has a gap to fill', async ({ page, open, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  await worker.sink('view', 'orphan');
  await open('#/pipelines');
  const row = page.getByRole('article', { name: 'Pipeline cam' });
  await row.getByRole('link', { name: 'Add sink' }).click();
  await expect(page).toHaveURL(/create=plugin&topic=cam&type=sink/);
  await page.getByRole('link', { name: /MjpegHttpSink/ }).click();
  await expect(page.locator('#f-topics')).toHaveValue('cam');
  await open('#/pipelines');
  await expect(
    page.getByRole('article', { name: 'Pipeline orphan' }).getByRole('link', { name: 'Add source' }),
  ).toBeVisible();
});

test('a topic is deleted by its name once nobody uses it', async ({ page, open, worker }) => {
  await worker.source('gone', worker.video('gone.mp4'), 'cam');
  await worker.frames('cam', 10);
  await open('#/topics/cam');
  const button = page.getByRole('button', { name: 'Delete topic' });
  await expect(button).toHaveAttribute('aria-disabled', 'true');
  await expect(button).toHaveAttribute('title', 'It is used by gone: delete these first');
  await worker.rest('DELETE', '/connectors/gone');
  await expect(button).not.toHaveAttribute('aria-disabled', 'true');
  await button.click();
  const dialog = page.getByRole('dialog', { name: 'Delete topic cam?' });
  await dialog.getByRole('button', { name: 'Delete topic' }).click();
  await expect(dialog.getByRole('alert')).toHaveText("This is not the topic's name.");
  await dialog.getByLabel(/Type cam/).fill('cam');
  await dialog.getByRole('button', { name: 'Delete topic' }).click();
  await expect(page.getByRole('heading', { name: 'No topics yet' })).toBeVisible();
  expect((await worker.rest('GET', '/topics')).body).toEqual([]);
});

test('the timeline zooms with the wheel and keys, marks loops and gaps, and jumps to a typed time', async ({
  page,
  open,
  worker,
}) => {
  await worker.source('cam', worker.video('cam.mp4', 1), 'cam', { loop: 'true' });
  await worker.sink('view', 'cam');
  await worker.frames('cam', 70);
  await worker.rest('PUT', '/connectors/cam/pause');
  await worker.state('cam', 'PAUSED');
  const held = (await worker.rest('GET', '/topics/cam')).body.partitions[0].end_offset as number;
  // Until the newest frame is old enough for a gap behind it.
  await expect
    .poll(async () => Date.now() - (await worker.rest('GET', '/topics/cam')).body.partitions[0].last_timestamp)
    .toBeGreaterThan(3000);
  await worker.rest('PUT', '/connectors/cam/resume');
  await worker.frames('cam', held + 60);
  await worker.rest('PUT', '/connectors/cam/stop');
  await worker.state('cam', 'STOPPED');
  await open('#/replay/cam?offset=20');
  const slider = page.getByRole('slider', { name: 'Position in the topic' });
  await expect(slider).toHaveAttribute('aria-valuetext', /^\d\d:\d\d:\d\d, frame 20$/);
  await expect(page.locator('.mark.loop').first()).toBeAttached();
  // A busy worker may have left others; the longest is the one that was made.
  await expect
    .poll(() =>
      page
        .locator('.mark.gap')
        .evaluateAll((gaps) =>
          Math.max(...gaps.map((gap) => Number(/Nothing for (\d+) s/.exec(gap.getAttribute('title') ?? '')?.[1] ?? 0))),
        ),
    )
    .toBeGreaterThanOrEqual(2);

  const ticks = () => page.locator('.tick').allTextContents();
  const wide = await ticks();
  const box = (await slider.boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.3, box.y + 20);
  for (let i = 0; i < 6; i += 1) await page.mouse.wheel(0, -240);
  await expect.poll(ticks).not.toEqual(wide);
  await expect(page.locator('.hover img')).toBeVisible();
  await slider.focus();
  for (let i = 0; i < 10; i += 1) await page.keyboard.press('-');
  await expect.poll(ticks).toEqual(wide);

  const topic = (await worker.rest('GET', '/topics/cam')).body.partitions[0];
  const at = new Date(topic.last_timestamp);
  const two = (n: number) => String(n).padStart(2, '0');
  await page
    .getByLabel(/Jump to an offset/)
    .fill(`${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`);
  await page.keyboard.press('Enter');
  // To the first frame of that second, however many a busy worker has recorded in it.
  const second = new Date(Math.floor(topic.last_timestamp / 1000) * 1000).toISOString();
  const there = (await fetch(`http://127.0.0.1:${await worker.portOf('view')}/snapshot?at=${second}`)).headers.get(
    'x-framespool-offset',
  );
  await expect(page).toHaveURL(new RegExp(`offset=${there}$`));

  const panel = page.getByRole('complementary', { name: 'Frame', exact: true });
  await expect(panel).toContainText('Key');
  await expect(panel).toContainText('320×180 JPEG');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download this frame' }).click();
  const file = await (await download).path();
  expect([...readFileSync(file).subarray(0, 2)]).toEqual([0xff, 0xd8]);
});

test('a frame found in Replay becomes the place where a sink goes on', async ({ page, open, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  await worker.sink('view', 'cam');
  await worker.frames('cam', 60);
  await open('#/replay/cam?offset=17');
  await page.getByRole('link', { name: /Play view from here/ }).click();
  await expect(page.getByLabel('New offset of cam · partition 0')).toHaveValue('17');
});

test('metrics are told in words and as a table', async ({ page, open, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  await worker.frames('cam', 90);
  await open('#/connectors/cam?tab=metrics');
  const plot = page.getByRole('region', { name: 'Throughput, fps', exact: true });
  await expect(plot).toContainText(/in: now [1-9][\d.]*, lowest/);
  await plot.getByText('As a table').click();
  await expect(plot.getByRole('cell', { name: /^[1-9][\d.]*$/ }).last()).toBeVisible();
  await page.getByRole('button', { name: '1 h' }).click();
  await expect(page).toHaveURL(/range=1h/);
});

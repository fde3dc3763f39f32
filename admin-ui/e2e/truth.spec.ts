// What the page says is so: of dead cameras, wrong clocks, lag, failures, settings, warnings and health.
import { renameSync } from 'node:fs';
import type { Page, Route } from '@playwright/test';
import { expect, polls, screenshot, test } from './test';
import type { Worker } from './worker';

const minutes = 60_000;
const day = 24 * 60 * minutes;

/** The worker's clock as the page sees it is `ms` later, whatever it asks; records keep their times. */
const workerIsLater = (page: Page, worker: Worker, ms: number) =>
  page.route(
    (url) => url.origin === worker.url && !url.pathname.startsWith('/ui'),
    async (route) => {
      const response = await route.fetch().catch(() => null);
      if (!response) return route.abort();
      const date = new Date(Date.parse(response.headers()['date']!) + ms).toUTCString();
      await route.fulfill({ response, headers: { ...response.headers(), date } });
    },
  );

/** The browser's clock is `ms` late. */
const browserIsWrong = (page: Page, ms: number) =>
  page.addInitScript((wrong) => {
    const Right = Date;
    const now = () => Right.now() + wrong;
    globalThis.Date = new Proxy(Right, {
      construct: (target, args) => Reflect.construct(target, args.length === 0 ? [now()] : args),
      get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
    });
  }, ms);

/** Every badge of a tile that was ever on screen. */
const collectBadges = (page: Page) =>
  page.addInitScript(() => {
    const seen = new Set<string>();
    (globalThis as any).badges = seen;
    new MutationObserver(() =>
      document.querySelectorAll('.tile .live').forEach((badge) => seen.add(badge.textContent ?? '')),
    ).observe(document, { subtree: true, childList: true, characterData: true });
  });

async function deadCamera(worker: Worker): Promise<void> {
  const file = worker.video('cam.mp4');
  await worker.source('cam', file, 'cam', { loop: 'true' });
  await worker.sink('view', 'cam');
  await worker.frames('cam', 60);
  await worker.rest('PUT', '/connectors/cam/stop');
  await worker.state('cam', 'STOPPED');
  renameSync(file, `${file}.away`);
  await worker.rest('PUT', '/connectors/cam/resume');
  await worker.state('cam', 'FAILED');
}
const two = (n: number) => String(n).padStart(2, '0');
async function lastPicture(worker: Worker): Promise<string> {
  const time = new Date((await worker.rest('GET', '/topics/cam')).body.partitions[0].last_timestamp);
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

for (const [what, wrong] of [
  ['with its clock right', 0],
  ['with its clock a day late', day],
  ['with its clock a day early', -day],
] as const) {
  test(`a camera that is dead for 40 minutes is never live to a page that is opened anew, ${what}`, async ({
    page,
    open,
    worker,
  }) => {
    await deadCamera(worker);
    await workerIsLater(page, worker, 40 * minutes);
    await browserIsWrong(page, wrong);
    await collectBadges(page);
    const says = new RegExp(`Source failed · last picture (\\d{4}-\\d\\d-\\d\\d )?${await lastPicture(worker)}`);
    await open('#/wall');
    const tile = page.getByRole('link', { name: /^view, Source failed/ });
    await expect(tile).toContainText(says);
    if (wrong === 0) await screenshot(page, 'wall-dead');
    // Past the time after which the watchdog of a tile calls a stream stalled.
    await polls(page, 5);
    await expect(tile).toContainText(says);
    await open('#/pipelines');
    await expect(page.getByRole('link', { name: /^view, Source failed/ })).toContainText(says);
    await expect(page.getByRole('img', { name: 'Newest frame of cam, which is not of now' })).toBeVisible();
    await open('#/connectors/view');
    await expect(page.getByRole('link', { name: /^view, Source failed/ })).toContainText(says);
    expect(
      await page.evaluate(() => [...(globalThis as any).badges].filter((badge) => /Live|Stalled/.test(badge))),
    ).toEqual([]);
    await open('#/wall?open=view');
    await expect(page.getByRole('region', { name: 'view' })).toContainText(says);
    await open('#/replay/cam?live=1');
    await expect(page.getByText('Newest frame · Source failed')).toBeVisible();
    await open('#/topics');
    await expect(page.getByRole('row', { name: /cam/ })).toContainText('40 min ago');
  });
}

test('pictures that move and are 40 minutes old are called late, not live', async ({ page, open, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  await worker.sink('view', 'cam');
  await worker.frames('cam', 30);
  await workerIsLater(page, worker, 40 * minutes);
  await collectBadges(page);
  await open('#/wall');
  await expect(page.getByRole('link', { name: /^view, 40 min late/ })).toBeVisible();
  expect(await page.evaluate(() => [...(globalThis as any).badges])).not.toContain('Live');
});

test('a browser whose clock is wrong tells the ages that the worker’s clock does', async ({ page, open, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  await worker.sink('view', 'cam');
  await browserIsWrong(page, -3 * day);
  await open('#/wall');
  await expect(page.getByRole('link', { name: /^view, Live/ })).toBeVisible();
  await expect(page.getByRole('link', { name: /^view, Live/ })).toContainText(/fps · \d+ m?s/);
  await open('#/pipelines');
  await expect(page.getByRole('article', { name: 'Pipeline cam' })).toContainText('Running');
});

test('a sink that nobody watches is not behind, wherever its lag could be told', async ({ page, open, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  // It keeps its place at the first frame.
  await worker.sink('view', 'cam', { playback: 'resume' });
  // And this one follows the newest.
  await worker.sink('live', 'cam', { playback: 'live' });
  await worker.frames('cam', 150);
  const metrics = async () => (await worker.rest('GET', '/connectors/view/status')).body.tasks[0].metrics;
  await expect
    .poll(async () => (await metrics()).lag_frames, 'the task tells how far its place is from the newest')
    .toBeGreaterThan(100);
  await open('#/pipelines');
  const summary = page.getByRole('region', { name: 'Summary' });
  const row = page.getByRole('article', { name: 'Pipeline cam' });
  await expect(row).toContainText('Running');
  await expect(row).not.toContainText(/behind the topic|Lagging/i);
  await expect(summary).toContainText(/Worst lag\s*0\s*frames\s*nobody is waiting for a frame/);
  await expect(summary).toContainText(/Frames out\s*0\s*fps\s*0 viewers/);
  await expect(row.getByRole('img', { name: 'Out of cam: 0 frames per second' })).toBeVisible();
  await screenshot(page, 'pipelines-unwatched');
  await open('#/connectors');
  await expect(page.getByRole('row', { name: /view/ }).getByRole('cell').last()).toHaveText('–');
  await open('#/connectors/view');
  await expect(page.getByText('none: nobody is watching')).toBeVisible();
  await expect(page.getByText(/its place is kept, [\d,]+ frames before the newest/)).toBeVisible();
  await expect(page.getByRole('main')).toContainText(/lag_frames\s*[\d,]+ kept, nobody is watching/);
});

test('a record that is no picture is told as a whole sentence, and skipped with a click', async ({
  page,
  open,
  worker,
}) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  await worker.sink('view', 'cam');
  const trace =
    'std::runtime_error: record 0 of topic cam, partition 0, is not an image: it has no image/... content-type header and is no JPEG, PNG or WebP; or skip such records with errors.tolerance = all';
  const message = trace.slice('std::runtime_error: '.length);
  const problems = [{ kind: 'not-an-image', message, facts: { topic: 'cam', partition: 0, offset: 0 } }];
  // Which of its readers meets such a record first is the sink's affair: what the page makes of it is shown here.
  const fail = async (route: Route) => {
    const response = await route.fetch();
    const all = await response.json();
    // As such a sink does: it fails until it may skip them.
    if (all.view && all.view.info.config['errors.tolerance'] !== 'all')
      all.view.status.tasks = all.view.status.tasks.map((task: any) => ({ ...task, state: 'FAILED', trace, problems }));
    await route.fulfill({ response, json: all });
  };
  await page.route('**/connectors?expand=*', fail);
  await open('#/pipelines');
  const row = page.getByRole('article', { name: 'Pipeline cam' });
  await expect(row).toContainText('A record of the topic is no picture.');
  await expect(row).toContainText(
    'it has no image/... content-type header and is no JPEG, PNG or WebP; or skip such records with errors.tolerance = all.',
  );
  await expect(page.getByRole('main')).not.toContainText(/std::|runtime_error/i);
  await screenshot(page, 'failure-whole');
  await row.getByRole('button', { name: 'View trace of view' }).click();
  const traceShown = page.getByRole('region', { name: 'Trace', exact: true });
  await expect(traceShown).toBeHidden();
  await page.getByText('The trace as the worker wrote it').click();
  await expect(traceShown).toHaveText(trace);
  await page.keyboard.press('Escape');
  for (const tab of ['', '?tab=tasks']) {
    await open(`#/connectors/view${tab}`);
    await expect(page.getByText('A record of the topic is no picture.')).toBeVisible();
    await expect(page.locator('summary, p, b')).not.toContainText([/std::/]);
  }
  await open('#/pipelines');
  await row.getByRole('button', { name: 'Skip such records of view' }).click();
  const dialog = page.getByRole('dialog', { name: 'Skip records that view cannot take?' });
  await expect(dialog).toContainText('left out for good');
  await screenshot(page, 'skip-dialog');
  await dialog.getByRole('button', { name: 'Skip such records' }).click();
  await expect(dialog).toHaveCount(0);
  await expect
    .poll(async () => (await worker.rest('GET', '/connectors/view/config')).body['errors.tolerance'])
    .toBe('all');
  await worker.state('view', 'RUNNING');
  await expect(row).not.toContainText('is no picture');
});

test('settings are told in units that people read', async ({ page, open, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam');
  await worker.frames('cam', 10);
  await page.route(/\/topics$/, async (route) => {
    const response = await route.fetch();
    const topics = await response.json();
    for (const topic of topics)
      Object.assign(topic.config, {
        'segment.bytes': '67108864',
        'retention.bytes': '6442450944',
        'retention.ms': '604800000',
        'local.retention.ms': '-1',
      });
    await route.fulfill({ response, json: topics });
  });
  await open('#/topics/cam');
  const settings = page.getByRole('region', { name: 'Settings' });
  await expect(settings).toContainText('6.4 GB (6442450944 bytes)');
  await expect(settings).toContainText('67.1 MB (67108864 bytes)');
  await expect(settings).toContainText('7 d (604800000 ms)');
  await expect(settings).toContainText('unlimited (-1 ms)');
  await screenshot(page, 'topic-settings');
});

test('a key that nobody knows is warned of beside it, and mended with a click', async ({ page, open }) => {
  await open('#/connectors?create=plugin');
  await page.getByText('Paste or upload a configuration').click();
  await page
    .getByLabel(/JSON or .properties/)
    .fill('name=view\nconnector.class=MjpegHttpSink\ntopics=cam\nhttp.prt=0\n');
  await page.getByRole('button', { name: 'Use it' }).click();
  const field = page.getByLabel('http.prt', { exact: true });
  await expect(field).toHaveValue('0');
  await expect(field).toHaveAccessibleDescription(/http\.port/);
  await expect(page.getByText('1 warning')).toBeVisible();
  await screenshot(page, 'warning');
  await page.getByRole('button', { name: 'JSON', exact: true }).first().click();
  await expect(page.getByRole('button', { name: 'Use http.port' })).toBeVisible();
  await page.getByRole('button', { name: 'Use http.port' }).click();
  await expect(page.getByLabel('Configuration as JSON')).toHaveValue(/"http\.port": "0"/);
  await expect(page.getByLabel('Configuration as JSON')).not.toHaveValue(/http\.prt/);
  await page.getByRole('button', { name: 'Form', exact: true }).click();
  await expect(page.locator('[id="f-http.port"]')).toHaveValue('0');
  await expect(page.getByText('1 warning')).toHaveCount(0);
});

test('what was warned of when a connector was made is said on its page', async ({ page, open, worker }) => {
  await open('#/connectors?create=plugin');
  await page.getByText('Paste or upload a configuration').click();
  await page
    .getByLabel(/JSON or .properties/)
    .fill('name=view\nconnector.class=MjpegHttpSink\ntopics=cam\nhttp.port=0\nhttp.prt=0\n');
  await page.getByRole('button', { name: 'Use it' }).click();
  await page.getByRole('button', { name: 'Review changes' }).click();
  await page.getByRole('button', { name: 'Create connector' }).click();
  await expect(page.getByText('Taken, with 1 warning.')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Edit http.prt' })).toHaveAttribute(
    'href',
    '#/connectors/view/edit?field=http.prt',
  );
  await worker.state('view', 'RUNNING');
  await page.getByRole('button', { name: 'Dismiss the warnings' }).click();
  await expect(page.getByText('Taken, with 1 warning.')).toHaveCount(0);
});

test('what is wrong with a part of the worker is said on every screen, at the worker and at the topic', async ({
  page,
  open,
  worker,
}) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam');
  await worker.frames('cam', 10);
  const problems = [
    {
      subject: 'topic broken',
      kind: 'topic-refused',
      message:
        'segment.bytes must be at least 1, but is -5; mend it in the topic’s settings and start the worker again.',
      since: Date.now() - 5 * minutes,
    },
    {
      subject: 'database',
      kind: 'database-new',
      message: 'It is empty beside topics that are full: put the backup back.',
      since: Date.now(),
    },
    { subject: 'topic cam', kind: 'set-aside', message: 'A segment was set aside.', since: Date.now() },
  ];
  // With 503, as an unhealthy worker answers: the body is read all the same.
  await page.route(/\/health$/, (route) =>
    route.fulfill({ status: 503, json: { status: 'unhealthy', message: 'broken', problems } }),
  );
  for (const hash of ['#/pipelines', '#/wall', '#/logs']) {
    await open(hash);
    const banner = page.getByRole('status', { name: 'Problems of the worker' });
    await expect(banner).toContainText('topic broken: segment.bytes must be at least 1, but is -5');
    await expect(banner).toContainText('And 2 more.');
  }
  await page
    .getByRole('status', { name: 'Problems of the worker' })
    .getByRole('link', { name: 'Look at the worker' })
    .click();
  await expect(page.getByRole('region', { name: 'Problems' }).getByRole('listitem')).toHaveCount(3);
  await expect(page.getByRole('region', { name: 'Problems' })).toContainText('put the backup back');
  await screenshot(page, 'worker-problems');
  await open('#/topics');
  await expect(page.getByRole('row', { name: /broken/ })).toContainText('Cannot be opened');
  await expect(page.getByRole('row', { name: /^cam/ })).toContainText('A segment was set aside.');
  await screenshot(page, 'topics-problems');
  await open('#/topics/broken');
  await expect(page.getByRole('heading', { name: 'broken cannot be opened' })).toBeVisible();
});

test('a worker that is there and refuses says why', async ({ page, open }) => {
  const why = 'The store cannot be read: page 2 of the database is damaged.';
  await page.route('**/connectors?expand=*', (route) =>
    route.fulfill({ status: 503, json: { error_code: 503, message: why } }),
  );
  await open('#/pipelines');
  await expect(page.getByText(why)).toBeVisible();
  await expect(page.getByText('The worker does not answer.')).toHaveCount(0);
});

test('names with odd characters lead to what they name', async ({ page, open, worker }) => {
  const file = worker.video('cam.mp4');
  const names = ['a/b c', '%2F', 'ü😀', `long-${'x'.repeat(190)}`];
  for (const [i, name] of names.entries())
    await worker.create(name, { 'connector.class': 'VideoFileSource', file, topic: `t${i}` }, 'STOPPED');
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    for (const name of names) {
      await open('#/connectors');
      await page.getByRole('main').getByRole('link', { name, exact: true }).click();
      await expect(page.getByRole('heading', { name, exact: true, level: 1 })).toBeVisible();
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), name).toBeLessThanOrEqual(0);
      await page.getByRole('link', { name: 'Edit', exact: true }).click();
      await expect(page.locator('#f-file')).toHaveValue(file);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), name).toBeLessThanOrEqual(0);
      await page.reload();
      await expect(page.locator('#f-file')).toHaveValue(file);
    }
  }
  await open('#/pipelines');
  await expect(page.getByRole('article')).toHaveCount(names.length);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});

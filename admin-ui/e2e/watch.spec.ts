import { expect, hasPicture, pixels, screenshot, test } from './test';

test.beforeEach(async ({ worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  await worker.sink('view', 'cam');
  await worker.frames('cam', 60);
});

test('replay jumps to an offset and a time, steps by frames, and is brought back by a reload', async ({
  page,
  open,
  worker,
}) => {
  await open('#/replay/cam');
  const picture = page.getByRole('img', { name: /Frame \d+ of cam/ });
  await expect.poll(() => hasPicture(picture)).toBe(true);
  await page.getByLabel(/Jump to an offset/).fill('7');
  await page.getByRole('button', { name: 'Jump', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Frame 7', exact: true })).toBeVisible();
  await page.getByRole('slider', { name: 'Position in the topic' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('heading', { name: 'Frame 8', exact: true })).toBeVisible();
  await page.keyboard.press('Home');
  await expect(page.getByRole('heading', { name: 'Frame 0', exact: true })).toBeVisible();
  await page.keyboard.press('Shift+ArrowRight');
  // A second by the frames' own times, however many of them a busy worker has recorded in it.
  const sink = `http://127.0.0.1:${await worker.portOf('view')}`;
  const timeOf = async (path: string) => (await fetch(sink + path)).headers;
  const second = new Date(Date.parse((await timeOf('/frames/0')).get('x-framespool-timestamp')!) + 1000).toISOString();
  const there = (await timeOf(`/snapshot?at=${second}`)).get('x-framespool-offset');
  await expect(page.getByRole('heading', { name: `Frame ${there}`, exact: true })).toBeVisible();
  await page.getByLabel(/Jump to an offset/).fill('999999');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Offset 999999 is not in the topic')).toBeVisible();
  await page.getByLabel(/Jump to an offset/).fill('12');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/offset=12/);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Frame 12', exact: true })).toBeVisible();
  await expect.poll(() => hasPicture(picture)).toBe(true);
  await screenshot(page, 'replay');
});

test('a frame that is lost is told in a sentence, and what stays on screen goes by its own number', async ({
  page,
  open,
}) => {
  const answer = { error: 'there is no frame 0; the topic holds 0 to 304' };
  await page.route(/\/frames\/0(\?|$)/, (route) =>
    route.fulfill({ status: 404, json: answer, headers: { 'Access-Control-Allow-Origin': '*' } }),
  );
  await open('#/replay/cam?offset=12');
  const picture = page.getByRole('img', { name: 'Frame 12 of cam', exact: true });
  await expect.poll(() => hasPicture(picture)).toBe(true);
  const when = await page.locator('.when').textContent();
  await page.getByLabel(/Jump to an offset/).fill('0');
  await page.keyboard.press('Enter');
  await expect(
    page.getByText(
      'Frame 0 is not in the topic any more: it was deleted, or it is lost. The picture is still frame 12.',
      { exact: true },
    ),
  ).toBeVisible();
  await expect(page.getByText('{"error"')).toHaveCount(0);
  await expect(picture).toBeVisible();
  await expect(page.locator('.when')).toHaveText(when!);
  const panel = page.getByRole('complementary', { name: 'Frame', exact: true });
  await expect(panel.getByRole('heading', { name: 'Frame 12', exact: true })).toBeVisible();
  await expect(panel).toContainText(/Offset\s*12/);
  await screenshot(page, 'replay-lost');

  await page.goto('about:blank');
  await open('#/replay/cam?offset=0');
  await expect(
    page.getByText('Frame 0 is not in the topic any more: it was deleted, or it is lost.', { exact: true }),
  ).toBeVisible();
  await expect(panel.getByRole('heading', { name: 'Frame', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Next frame' }).click();
  await expect(panel.getByRole('heading', { name: 'Frame 1', exact: true })).toBeVisible();
  await expect(page.getByText('is not in the topic any more')).toHaveCount(0);
});

test('replay plays on from where it stands and goes live only when asked', async ({ page, open }) => {
  await open('#/replay/cam?offset=5');
  await expect(page.getByRole('heading', { name: 'Frame 5', exact: true })).toBeVisible();
  await page.keyboard.press('Space');
  const frame = async () =>
    Number(
      /Frame ([\d,]+)/
        .exec((await page.getByRole('heading', { name: /^Frame / }).textContent()) ?? '')?.[1]
        ?.replace(',', ''),
    );
  await expect.poll(frame).toBeGreaterThan(7);
  await page.keyboard.press('Space');
  await expect(page.getByText('Paused', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Live', exact: true }).click();
  await expect(page).toHaveURL(/live=1/);
});

test('the word at the alert line of a plot stands right of the axis, whole', async ({ page, open, worker }) => {
  // A viewer who reads on: a sink lets go of one who does not, and fetch of an answer that nobody holds.
  const viewer = new AbortController();
  const stream = await fetch(`http://127.0.0.1:${await worker.portOf('view')}/`, { signal: viewer.signal });
  const watched = stream.body!.pipeTo(new WritableStream()).catch(() => undefined);
  await page.route(/\/metrics\/history\?/, async (route) => {
    const response = await route.fetch();
    const body = await response.json();
    const all = (value: number) => (body.times as number[]).map(() => value);
    body.series.view = { ...body.series.view, viewers: all(1), lag_seconds: all(25) };
    await route.fulfill({ response, json: body });
  });
  await page.addInitScript(() => {
    const drawn: { left: number; right: number; axis: number }[] = ((globalThis as any).drawn = []);
    const draw = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
      if (text.startsWith('alert')) {
        const { actualBoundingBoxLeft: left, actualBoundingBoxRight: right } = this.measureText(text);
        // Where the plot begins: the axis is 38 px wide.
        drawn.push({ left: x - left, right: x + right, axis: 38 * devicePixelRatio });
      }
      draw.call(this, text, x, y);
    };
  });
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await open('#/pipelines');
    const words = () => page.evaluate(() => (globalThis as any).drawn.at(-1) ?? null);
    await expect.poll(words).not.toBeNull();
    const { left, right, axis } = await words();
    expect(left).toBeGreaterThanOrEqual(axis);
    expect(right).toBeGreaterThan(left + 30);
    await screenshot(page, `lag-alert-${scheme}`);
    await page.goto('about:blank');
  }
  viewer.abort();
  await watched;
});

test('the wall is live over one connection, pauses, and opens a picture at full size', async ({
  page,
  open,
  worker,
}) => {
  await worker.sink('view-2', 'cam');
  const streams = new Set<string>();
  let most = 0;
  const open_ = new Map<string, number>();
  const host = (url: string) => new URL(url).host;
  page.on('request', (request) => {
    const now = (open_.get(host(request.url())) ?? 0) + 1;
    open_.set(host(request.url()), now);
    if (host(request.url()) !== host(worker.url)) {
      streams.add(new URL(request.url()).pathname);
      most = Math.max(most, now);
    }
  });
  const over = (url: string) => open_.set(host(url), (open_.get(host(url)) ?? 1) - 1);
  page.on('requestfinished', (request) => over(request.url()));
  page.on('requestfailed', (request) => over(request.url()));
  await open('#/wall');
  for (const name of ['view', 'view-2'])
    await expect(page.getByRole('link', { name: new RegExp(`^${name}, Live`) })).toBeVisible();
  expect(streams.size).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(2);
  await screenshot(page, 'wall');
  await page.getByRole('button', { name: 'Pause all previews' }).click();
  await expect(page.getByRole('link', { name: /^view, Paused/ })).toBeVisible();
  await page.getByRole('button', { name: 'Play all previews' }).click();
  await page.getByRole('link', { name: /^view, / }).click();
  await expect(page).toHaveURL(/open=view/);
  const picture = page.getByTestId('open-picture');
  await expect.poll(() => hasPicture(picture)).toBe(true);
  const before = await pixels(picture);
  await expect.poll(() => pixels(picture)).not.toBe(before);
  await expect(page.getByRole('button', { name: 'Copy stream URL' })).toBeVisible();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Snapshot' }).click();
  expect((await download).suggestedFilename()).toMatch(/^view-\d+\.jpeg$/);
  await page.getByRole('button', { name: 'Full screen' }).click();
  await expect.poll(() => page.evaluate(() => document.fullscreenElement !== null)).toBe(true);
});

test('a stream that stands still says why and since when', async ({ page, open, worker }) => {
  await open('#/wall');
  await expect(page.getByRole('link', { name: /^view, Live/ })).toBeVisible();
  await worker.rest('PUT', '/connectors/cam/pause');
  await expect(page.getByRole('link', { name: /^view, Source paused · last picture \d\d:\d\d:\d\d$/ })).toBeVisible();
  await worker.rest('PUT', '/connectors/cam/resume');
  await expect(page.getByRole('link', { name: /^view, Live/ })).toBeVisible();
});

test('the log comes by itself, filtered by connector', async ({ page, open, worker }) => {
  await open('#/logs?connector=cam');
  await expect(page.getByRole('log')).toBeVisible();
  await worker.rest('PUT', '/connectors/cam/pause');
  await worker.rest('PUT', '/connectors/cam/resume');
  await expect(page.getByRole('log')).toContainText('cam');
  await screenshot(page, 'logs');
});

test('the log is followed until it is scrolled up, says what waits, and goes on when asked', async ({
  page,
  open,
  worker,
}) => {
  await worker.rest('PUT', '/admin/loggers/root', { level: 'DEBUG' });
  await open('#/logs?level=debug');
  const log = page.getByRole('log');
  const status = page.getByRole('region', { name: 'Log' }).getByRole('status');
  const toEnd = () => log.evaluate((box) => Math.round(box.scrollHeight - box.scrollTop - box.clientHeight));
  const lines = () => log.locator('.line').count();
  /** Makes the worker log until `what` holds. */
  const busy = async (what: () => Promise<boolean>) => {
    await expect
      .poll(
        async () => {
          await worker.rest('POST', '/connectors/cam/restart?includeTasks=true');
          await worker.rest('PUT', '/connectors/nobody/pause');
          return what();
        },
        { timeout: 60_000 },
      )
      .toBe(true);
  };
  await busy(async () => await log.evaluate((box) => box.scrollHeight > 3 * box.clientHeight));
  await expect(status).toHaveText(/lines · newest at the end/);
  await expect.poll(toEnd, 'the newest line is in sight').toBeLessThan(8);
  const last = log.locator('.line').last();
  await expect(last).toBeInViewport();
  // Narrower lines are higher, and the newest stays in sight.
  await page.setViewportSize({ width: 700, height: 900 });
  await expect.poll(toEnd).toBeLessThan(8);

  await log.hover();
  await page.mouse.wheel(0, -400);
  await expect(status).toHaveText(/^Paused · (no new line|\d+ new lines?)$/);
  const top = await log.evaluate((box) => box.scrollTop);
  const shown = await lines();
  await busy(async () => /Paused · \d+ new lines/.test((await status.textContent()) ?? ''));
  expect(await log.evaluate((box) => box.scrollTop), 'what is being read does not move').toBe(top);
  expect(await lines()).toBe(shown);
  await screenshot(page, 'logs-paused');
  await page.getByRole('button', { name: /\d+ new lines?/ }).click();
  await expect(status).toHaveText(/lines · newest at the end/);
  await expect.poll(lines).toBeGreaterThan(shown);
  await expect.poll(toEnd).toBeLessThan(8);

  // To the end by hand is as good as the button.
  await page.mouse.wheel(0, -400);
  await expect(status).toHaveText(/^Paused/);
  await log.focus();
  await page.keyboard.press('End');
  await expect(status).toHaveText(/lines · newest at the end/);
});

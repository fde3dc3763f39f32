import { rmSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import { expect, screenshot, settled, test } from './test';

const screensToSee: [name: string, hash: string][] = [
  ['pipelines', '#/pipelines'],
  ['connectors', '#/connectors'],
  ['connector', '#/connectors/view'],
  ['connector-tasks', '#/connectors/view?tab=tasks'],
  ['connector-config', '#/connectors/cam?tab=config'],
  ['connector-offsets', '#/connectors/view?tab=offsets'],
  ['connector-dead-letters', '#/connectors/view?tab=dead-letters'],
  ['connector-metrics', '#/connectors/view?tab=metrics'],
  ['create-plugin', '#/connectors?create=plugin'],
  ['create', '#/connectors?create=configure&plugin=VideoFileSource'],
  ['edit', '#/connectors/cam/edit'],
  ['edit-json', '#/connectors/cam/edit?view=json'],
  ['wall', '#/wall'],
  ['topics', '#/topics'],
  ['topic', '#/topics/cam'],
  ['replay', '#/replay/cam?offset=10'],
  ['logs', '#/logs'],
  ['events', '#/logs?view=events'],
  ['worker', '#/worker'],
];

test.beforeEach(async ({ worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  await worker.sink('view', 'cam', { 'errors.tolerance': 'all', 'errors.deadletterqueue.topic.name': 'dead' });
  await worker.frames('cam', 60);
});

for (const scheme of ['dark', 'light'] as const) {
  test(`axe finds nothing on any screen, ${scheme}`, async ({ page, open }) => {
    await page.emulateMedia({ colorScheme: scheme });
    for (const [name, hash] of screensToSee) {
      await open(hash);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await settled(page);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect
        .soft(violations.map((v) => `${name}: ${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`))
        .toEqual([]);
      await screenshot(page, `${name}-${scheme}`);
    }
  });
}

test('a phone scrolls no screen sideways and has targets to hit', async ({ page, open }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const [name, hash] of screensToSee) {
    await open(hash);
    await settled(page);
    const found = await page.evaluate(() => {
      const small = [
        ...document.querySelectorAll<HTMLElement>(
          '.btn, .tabs button, .tabs a, .tabbar a, .tabbar button, input.in, select.in',
        ),
      ]
        .filter((e) => e.offsetParent !== null && e.getBoundingClientRect().height < 36)
        .map((e) => `${e.tagName} ${e.className} ${e.textContent?.trim().slice(0, 20)}`);
      return { sideways: document.documentElement.scrollWidth - innerWidth, small };
    });
    expect({ name, ...found }).toEqual({ name, sideways: 0, small: [] });
    await screenshot(page, `${name}-phone`);
  }
});

test('no place scrolls sideways on a phone or a tablet, whatever is wrong and however long its names are', async ({
  page,
  open,
  worker,
}) => {
  const long = 'a-camera-with-a-long-name';
  await worker.source(long, worker.video('cam.mp4'), long, { loop: 'true' });
  await worker.sink(`${long}-view`, long);
  const gone = worker.video('gone.mp4');
  await worker.create('broken', { 'connector.class': 'VideoFileSource', file: gone, topic: 'cam' }, 'STOPPED');
  rmSync(gone);
  await worker.rest('PUT', '/connectors/broken/resume');
  await worker.state('broken', 'FAILED');
  await worker.frames(long, 60);
  const problems = [{ subject: 'cam', kind: 'topic', message: 'A segment was set aside.', since: Date.now() }];
  for (const alarm of [false, true]) {
    if (alarm)
      await page.route(/\/health$/, (route) =>
        route.fulfill({ status: 503, json: { status: 'unhealthy', message: 'cam', problems } }),
      );
    for (const [width, height] of [
      [320, 640],
      [360, 740],
      [390, 844],
      [768, 1024],
      [820, 1180],
      [844, 390],
    ] as const) {
      await page.setViewportSize({ width, height });
      for (const place of ['pipelines', 'connectors', 'topics', 'logs', 'worker']) {
        await page.goto('about:blank');
        await open(`#/${place}`);
        await settled(page);
        if (alarm) await expect(page.getByRole('status', { name: 'Problems of the worker' })).toBeVisible();
        await screenshot(page, `${place}-${width}${alarm ? '-alarm' : ''}`);
        if (place === 'connectors' && width <= 390)
          expect
            .soft(
              await page
                .getByRole('row', { name: /Choose broken/ })
                .locator('.name')
                .innerText(),
            )
            .toMatch(/^broken\n+cam$/);
        // Within the table's own edge as well.
        if (place === 'topics')
          await expect
            .soft(page.getByRole('link', { name: `Replay ${long}` }), `Replay at ${width}`)
            .toBeInViewport({ ratio: 1 });
        const wide = await page.evaluate(() => {
          const root = document.scrollingElement!;
          const beyond = [...document.querySelectorAll('body *')].filter(
            (e) => e.getBoundingClientRect().right > root.clientWidth + 1,
          );
          return root.scrollWidth <= root.clientWidth
            ? []
            : [root.scrollWidth, ...beyond.map((e) => `${e.tagName}.${e.className}`).slice(-4)];
        });
        expect.soft(wide, `${place} at ${width}${alarm ? ' with an alarm' : ''}`).toEqual([]);
      }
    }
  }
});

test('the theme can be chosen, and the choice is kept', async ({ page, open }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await open('#/pipelines');
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByRole('button', { name: 'Use the dark theme' }).click();
  await expect.poll(background).not.toBe(light);
  await page.reload();
  await expect.poll(background).not.toBe(light);
  await expect(page.getByRole('button', { name: 'Use the light theme' })).toBeVisible();
});

test('a connector is paused and another made with the keyboard alone', async ({ page, open, worker }) => {
  await open('#/pipelines');
  await expect(page.getByRole('article', { name: 'Pipeline cam' })).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('pause cam');
  await page.keyboard.press('Enter');
  await worker.state('cam', 'PAUSED');

  await page.keyboard.press('Control+k');
  await page.keyboard.type('create connector');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'New connector' })).toBeFocused();
  const tabTo = async (what: string) => {
    for (let i = 0; i < 60; i += 1) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate(
        () => `${document.activeElement?.id} ${document.activeElement?.textContent?.trim() ?? ''}`,
      );
      if (focused.includes(what)) return;
    }
    throw new Error(`Tab never reaches ${what}`);
  };
  await tabTo('MjpegHttpSink');
  await page.keyboard.press('Enter');
  await expect(page.locator('#f-name')).toBeVisible();
  await tabTo('f-name');
  await page.keyboard.type('by-keys');
  await tabTo('f-topics');
  await page.keyboard.type('cam');
  await tabTo('f-http.port');
  await page.keyboard.type('0');
  await tabTo('Review changes');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'What will be created' })).toBeVisible();
  await tabTo('Create connector');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'by-keys', exact: true, level: 1 })).toBeVisible();
  await worker.state('by-keys', 'RUNNING');
});

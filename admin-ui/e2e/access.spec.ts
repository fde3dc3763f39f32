import AxeBuilder from '@axe-core/playwright';
import { expect, screenshot, settled, test } from './test';

const screensToSee: [name: string, hash: string][] = [
  ['pipelines', '#/pipelines'], ['connectors', '#/connectors'], ['connector', '#/connectors/view'], ['connector-tasks', '#/connectors/view?tab=tasks'],
  ['connector-config', '#/connectors/cam?tab=config'], ['connector-offsets', '#/connectors/view?tab=offsets'], ['connector-metrics', '#/connectors/view?tab=metrics'],
  ['create-plugin', '#/connectors?create=plugin'], ['create', '#/connectors?create=configure&plugin=VideoFileSource'], ['edit', '#/connectors/cam/edit'],
  ['edit-json', '#/connectors/cam/edit?view=json'], ['wall', '#/wall'], ['topics', '#/topics'], ['topic', '#/topics/cam'], ['replay', '#/replay/cam?offset=10'],
  ['logs', '#/logs'], ['events', '#/logs?view=events'], ['worker', '#/worker'],
];

test.beforeEach(async ({ worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  await worker.sink('view', 'cam');
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
      expect.soft(violations.map((v) => `${name}: ${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)).toEqual([]);
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
      const small = [...document.querySelectorAll<HTMLElement>('.btn, .tabs button, .tabs a, .tabbar a, .tabbar button, input.in, select.in')]
        .filter((e) => e.offsetParent !== null && e.getBoundingClientRect().height < 36)
        .map((e) => `${e.tagName} ${e.className} ${e.textContent?.trim().slice(0, 20)}`);
      return { sideways: document.documentElement.scrollWidth - innerWidth, small };
    });
    expect({ name, ...found }).toEqual({ name, sideways: 0, small: [] });
    await screenshot(page, `${name}-phone`);
  }
});

test('the theme can be chosen, and the choice is kept', async ({ page, open }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await open('#/pipelines');
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await background();
  await page.getByRole('button', { name: 'Use the dark theme' }).click();
  expect(await background()).not.toBe(light);
  await page.reload();
  expect(await background()).not.toBe(light);
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
      const focused = await page.evaluate(() => `${document.activeElement?.id} ${document.activeElement?.textContent?.trim() ?? ''}`);
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

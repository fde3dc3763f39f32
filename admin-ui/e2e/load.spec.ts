import { connectionsTo } from './connections';
import { countingProxy } from './proxy';
import { expect, hasPicture, settled, test } from './test';

test('the page never holds more than two connections to a port', async ({ page, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  await worker.sink('view', 'cam', { 'http.port': '0' });
  await worker.frames('cam', 60);
  // Counted where they pass: a connection that is there for a moment only is one as well.
  const rest = await countingProxy(Number(new URL(worker.url).port));
  const sink = await countingProxy(await worker.portOf('view'));
  try {
    const config = (await worker.rest('GET', '/connectors/view/config')).body;
    // On a port of its own, so that the counted one stays the sink's.
    const port = await worker.portOf('view');
    await worker.rest('PUT', '/connectors/view/config', {
      ...config,
      'http.port': String(port),
      'http.advertised.url': `http://127.0.0.1:${sink.port}`,
    });
    await worker.state('view', 'RUNNING');
    await worker.rest('POST', '/connectors', {
      name: 'view-2',
      config: {
        ...config,
        name: 'view-2',
        'http.port': String(port),
        'http.path': '/2',
        'http.advertised.url': `http://127.0.0.1:${sink.port}`,
      },
    });
    await worker.state('view-2', 'RUNNING');
    const at = (hash: string) => page.goto(`http://127.0.0.1:${rest.port}/ui/${hash}`);
    const tile = page.getByRole('link', { name: /^view, Live/ });
    const frame = page.getByRole('img', { name: /^Frame \d+ of cam/ });
    // Each with what shows that its connections are in use.
    const tour: [hash: string, busy: () => Promise<void>][] = [
      ['#/pipelines', () => expect(tile).toBeVisible()],
      ['#/connectors/view', () => expect(tile).toBeVisible()],
      ['#/connectors/view?tab=metrics', () => settled(page)],
      ['#/wall', () => expect(page.getByRole('link', { name: /^view-2, Live/ })).toBeVisible()],
      ['#/wall?open=view', () => expect.poll(() => hasPicture(page.getByTestId('open-picture'))).toBe(true)],
      ['#/replay/cam?offset=3', () => expect.poll(() => hasPicture(frame)).toBe(true)],
      ['#/replay/cam?live=1', () => expect(page.getByText('Live', { exact: true }).first()).toBeVisible()],
      ['#/topics/cam', () => settled(page)],
      ['#/logs', () => expect(page.getByRole('log')).toContainText('view')],
      ['#/worker', () => settled(page)],
      [
        '#/connectors/cam/edit',
        () => expect(page.getByRole('img', { name: 'First frame of the source' })).toBeVisible(),
      ],
    ];
    const most: Record<string, [number, number]> = {};
    for (const [hash, busy] of tour) {
      await page.goto('about:blank');
      // What the last place held may close late, and is not this one's.
      await Promise.all([rest.sever(), sink.sever()]);
      rest.most();
      sink.most();
      await at(hash);
      await busy();
      most[hash] = [rest.most(), sink.most()];
    }
    expect(
      Object.entries(most).filter(([, [toRest, toSink]]) => toRest < 1 || toRest > 2 || toSink > 2),
      JSON.stringify(most),
    ).toEqual([]);
    for (const hash of ['#/pipelines', '#/wall', '#/replay/cam?offset=3'])
      expect(most[hash]![1], `${hash} shows a stream`).toBeGreaterThan(0);
    // A page that opened more would be noticed.
    await page.evaluate(
      (url) => void [1, 2, 3, 4].map((i) => fetch(`${url}?${i}`, { mode: 'no-cors' }).catch(() => {})),
      `http://127.0.0.1:${sink.port}/2`,
    );
    await expect.poll(() => sink.most()).toBeGreaterThan(2);
  } finally {
    await rest.close();
    await sink.close();
  }
});

test('the first load shows the pipelines', async ({ browser, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  const times: number[] = [];
  for (let i = 0; i < 5; i += 1) {
    // A context of its own has an empty cache.
    const context = await browser.newContext();
    const page = await context.newPage();
    const started = Date.now();
    await page.goto(`${worker.url}/ui/`, { waitUntil: 'commit' });
    await expect(page.getByRole('article', { name: 'Pipeline cam' })).toBeVisible();
    times.push(Date.now() - started);
    await context.close();
  }
  console.log(`first load, empty cache, to the pipelines on screen: ${times.join(', ')} ms`);
});

test('what is off screen or in a hidden tab gets no frames, and gets them back', async ({ page, open, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  const names = Array.from({ length: 12 }, (_, i) => `view-${String(i).padStart(2, '0')}`);
  for (const name of names) await worker.sink(name, 'cam');
  await page.setViewportSize({ width: 390, height: 844 });
  const asked: string[][] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname !== '/mux') return;
    asked.push(url.searchParams.get('streams')!.split(','));
    expect([url.searchParams.get('width'), url.searchParams.get('fps')]).toEqual(['320', '10']);
  });
  await open('#/wall');
  await expect(page.getByRole('link', { name: /^view-00, Live/ })).toBeVisible();
  await expect.poll(() => asked.at(-1)!.length).toBeLessThan(names.length);
  await expect.poll(() => asked.at(-1)).not.toContain('view-11');
  await page.getByRole('link', { name: /^view-11/ }).scrollIntoViewIfNeeded();
  await expect(page.getByRole('link', { name: /^view-11, Live/ })).toBeVisible();
  await expect.poll(() => asked.at(-1)).not.toContain('view-00');

  const hide = (hidden: boolean) =>
    page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
  const port = await worker.portOf(asked.at(-1)![0]!);
  await expect.poll(() => connectionsTo(port)).toBeGreaterThan(0);
  await hide(true);
  await expect.poll(() => connectionsTo(port)).toBe(0);
  await hide(false);
  await expect(page.getByRole('link', { name: /^view-11, Live/ })).toBeVisible();
  await expect.poll(() => hasPicture(page.getByRole('link', { name: /^view-11/ }).locator('canvas'))).toBe(true);
});

test('who wants less motion gets the previews paused', async ({ page, open, worker }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  await worker.sink('view', 'cam');
  await open('#/wall');
  await expect(page.getByRole('link', { name: /^view, Paused/ })).toBeVisible();
  await page.getByRole('button', { name: 'Play all previews' }).click();
  await expect(page.getByRole('link', { name: /^view, Live/ })).toBeVisible();
});

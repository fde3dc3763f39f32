import { plainProxy, tlsProxy, type Proxy, type Routes } from './proxy';
import { expect, hasPicture, screenshot, settled, test } from './test';
import type { Worker } from './worker';

const host = 'cams.example';
// What a strict server may allow the page: scripts and styles of its own only, and no inline script, eval or style attribute.
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src blob:; font-src 'self' data:; connect-src 'self' http: https:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

test.use({
  ignoreHTTPSErrors: true,
  launchOptions: {
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', `--host-resolver-rules=MAP ${host} 127.0.0.1`],
  },
});

let proxy: Proxy | undefined;
let routes: Routes = {};
test.beforeEach(async ({ worker, page }) => {
  routes = { '/deep/fs/': `${worker.url}/` };
  proxy = await tlsProxy(worker.folder, host, () => routes, { 'Content-Security-Policy': policy });
  await page.addInitScript(() => {
    const refused: string[] = [];
    (globalThis as any).refused = refused;
    document.addEventListener('securitypolicyviolation', (event) =>
      refused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
    );
  });
});
test.afterEach(async () => {
  await proxy?.close();
});
const at = (hash = '') => `https://${host}:${proxy!.port}/deep/fs/ui/${hash}`;

/** A sink that is reached at https://cams.example/…/streams/NAME/, its own path /cam. */
async function advertised(worker: Worker, name: string, topic: string, more: Record<string, string> = {}) {
  const base = `https://${host}:${proxy!.port}/streams/${name}/`;
  await worker.sink(name, topic, { 'http.advertised.url': base, 'http.path': '/cam', ...more });
  routes[`/streams/${name}/`] = `http://127.0.0.1:${await worker.portOf(name)}/`;
  return base;
}

test('behind a TLS proxy, under a path and another name, every place works and nothing leaves the origin', async ({
  page,
  worker,
}) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  const base = await advertised(worker, 'view', 'cam');
  await worker.frames('cam', 60);
  const elsewhere: string[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.protocol !== 'blob:' && url.origin !== new URL(base).origin)
      elsewhere.push(request.url());
  });
  await page.goto(at('#/wall'));
  await expect(page.getByRole('link', { name: /^view, Live/ })).toBeVisible();
  await expect.poll(() => hasPicture(page.getByRole('link', { name: /^view, / }).locator('canvas'))).toBe(true);
  await screenshot(page, 'proxy-wall');
  await page.goto(at('#/wall?open=view'));
  await expect.poll(() => hasPicture(page.getByTestId('open-picture'))).toBe(true);
  await page.goto(at('#/pipelines'));
  await expect(page.getByRole('img', { name: 'Newest frame of cam' })).toBeVisible();
  await page.goto(at('#/replay/cam?offset=7'));
  await expect(page.getByRole('heading', { name: 'Frame 7', exact: true })).toBeVisible();
  await expect.poll(() => hasPicture(page.getByRole('img', { name: /Frame 7 of cam/ }))).toBe(true);
  await page.goto(at('#/connectors/view'));
  await expect(page.getByRole('link', { name: `${base}cam` })).toHaveAttribute('href', `${base}cam`);
  // What the page shows as curl lines is what works from here, and its own.
  await page.goto(at('#/connectors/view?tab=offsets'));
  await page.getByRole('button', { name: 'Reset to the beginning…' }).click();
  await page.getByText('The same with curl').click();
  await expect(page.getByRole('region', { name: 'curl', exact: true })).toContainText(
    `https://${host}:${proxy!.port}/deep/fs/connectors/view/offsets`,
  );
  await page.getByRole('button', { name: 'Cancel' }).click();
  // A change goes the same way.
  await page.goto(at('#/connectors/cam'));
  await page.getByRole('main').getByRole('button', { name: 'Pause', exact: true }).click();
  await worker.state('cam', 'PAUSED');
  expect(elsewhere).toEqual([]);
});

test('the built page asks for nothing that a strict Content-Security-Policy forbids', async ({ page, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  await advertised(worker, 'view', 'cam');
  await worker.frames('cam', 60);
  const tour = [
    '',
    '#/connectors',
    '#/connectors/view',
    '#/connectors/view?tab=metrics',
    '#/connectors/view?tab=offsets',
    '#/connectors/cam?tab=config',
    '#/connectors/cam/edit',
    '#/connectors?create=configure&plugin=VideoFileSource',
    '#/wall?open=view',
    '#/topics/cam',
    '#/replay/cam?offset=3',
    '#/logs',
    '#/worker',
  ];
  for (const hash of tour) {
    await page.goto('about:blank');
    await page.goto(at(hash));
    await settled(page);
    if (hash.startsWith('#/replay')) await expect(page.locator('.tick').first()).toBeVisible();
    expect(await page.evaluate(() => (globalThis as any).refused), hash).toEqual([]);
  }
  // And the policy is one: what it forbids is refused here as well.
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.ran = true';
    document.body.append(script);
  });
  // Once by the proxy's policy and once by the worker's own.
  expect(await page.evaluate(() => [(globalThis as any).ran, (globalThis as any).refused.length])).toEqual([
    undefined,
    2,
  ]);
});

test('a stream that an https:// page may not show says so, and what to set; one that is advertised shows it too', async ({
  page,
  worker,
}) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  await worker.sink('plain', 'cam', { 'http.host': '0.0.0.0' });
  await worker.frames('cam', 60);
  const port = await worker.portOf('plain');
  await page.goto(at('#/wall'));
  const tile = page.getByRole('link', { name: /^plain, / });
  const words = `The stream is http:// (${host}:${port}), which no browser shows on an https:// page: set http.advertised.url to where an https:// proxy passes it on.`;
  await expect(tile).toContainText(words);
  await expect(tile).toHaveAccessibleName(/No picture/);
  await screenshot(page, 'proxy-blocked');
  await page.goto(at('#/replay/cam'));
  await expect(page.getByText(words)).toBeVisible();
  await expect(page.getByRole('link', { name: 'Edit plain' })).toHaveAttribute(
    'href',
    '#/connectors/plain/edit?field=http.advertised.url',
  );
  // Any sink's /mux carries the streams of all.
  await advertised(worker, 'view', 'cam');
  await worker.sink('home', 'cam');
  const elsewhere: string[] = [];
  page.on(
    'request',
    (request) =>
      new URL(request.url()).pathname.endsWith('/mux') &&
      !request.url().startsWith(`https://${host}:${proxy!.port}/`) &&
      elsewhere.push(request.url()),
  );
  await page.goto('about:blank');
  await page.goto(at('#/wall'));
  await expect(page.getByRole('link', { name: /^plain, Live/ })).toBeVisible();
  await expect(page.getByRole('link', { name: /^home, Live/ })).toBeVisible();
  expect(elsewhere).toEqual([]);
  await expect(page.getByRole('link', { name: /^view, Live/ })).toBeVisible();
});

test('by another name, the stream of a sink that listens everywhere comes from where the page did', async ({
  page,
  worker,
}) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  await worker.sink('view', 'cam', { 'http.host': '0.0.0.0', 'http.allowed.hosts': host });
  await worker.frames('cam', 60);
  const plain = await plainProxy(() => ({ '/': `${worker.url}/` }));
  try {
    const asked = page.waitForRequest((request) => new URL(request.url()).pathname === '/mux');
    await page.goto(`http://${host}:${plain.port}/ui/#/wall`);
    await expect(page.getByRole('link', { name: /^view, Live/ })).toBeVisible();
    expect(new URL((await asked).url()).host).toBe(`${host}:${await worker.portOf('view')}`);
  } finally {
    await plain.close();
  }
});

test('an answer that is the proxy’s own is told as what it is', async ({ page, worker }) => {
  await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
  await page.goto(at('#/pipelines'));
  await expect(page.getByRole('article', { name: 'Pipeline cam' })).toBeVisible();
  routes['/deep/fs/'] = 'http://127.0.0.1:9/';
  await expect(page.getByText('502 Bad Gateway')).toBeVisible();
  await expect(page.getByText('<h1>')).toHaveCount(0);
  routes['/deep/fs/'] = `${worker.url}/`;
  await expect(page.getByText('502 Bad Gateway')).toHaveCount(0);
});

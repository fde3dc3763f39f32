// A worker with users: who logs in sees what his role reaches, on the page and in every stream; a stranger's page gets nowhere.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test as base, expect, type Page } from '@playwright/test';
import { hasPicture, screenshot } from './test';
import { Worker } from './worker';

const password = 'open sesame';
const test = base.extend<object, { worker: Worker }>({
  worker: [
    async ({}, use) => {
      const worker = await Worker.start('', { ann: 'admin', olga: 'operator', vera: 'viewer' }, password);
      await worker.source('cam', worker.video('cam.mp4'), 'cam', { loop: 'true' });
      await worker.sink('screen', 'cam');
      await worker.frames('cam', 30);
      await use(worker);
      await worker.end();
    },
    { scope: 'worker' },
  ],
});

async function logIn(page: Page, worker: Worker, user: string, place = ''): Promise<void> {
  await page.goto(`${worker.url}/ui/${place}`);
  await page.getByLabel('User').fill(user);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('navigation', { name: 'Main', exact: true })).toBeVisible();
}

test('who is unknown sees a log-in and nothing else, and is told when it is wrong', async ({ page, worker }) => {
  await page.goto(`${worker.url}/ui/#/connectors`);
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await expect(page.getByRole('navigation')).toHaveCount(0);
  await screenshot(page, 'login');
  await page.getByLabel('User').fill('ann');
  await page.getByLabel('Password').fill('wrong one');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('alert')).toHaveText('The user or the password is wrong.');
  await screenshot(page, 'login-wrong');
  await page.setViewportSize({ width: 390, height: 844 });
  await screenshot(page, 'login-phone');
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Connectors', level: 1 })).toBeVisible();
});

test('a log-in counts for the page and every stream, also after a reload and a restart of the worker, until the log-out', async ({
  page,
  worker,
}) => {
  await logIn(page, worker, 'ann', '#/wall');
  const tile = page.locator('main canvas').first();
  await expect.poll(() => hasPicture(tile)).toBe(true);
  await expect(page.getByLabel('Sidebar')).toContainText('ann · admin');
  await screenshot(page, 'login-admin');
  await page.reload();
  await expect.poll(() => hasPicture(tile)).toBe(true);
  await worker.halt();
  await worker.run();
  await worker.state('screen', 'RUNNING');
  await page.reload();
  await expect(page.getByLabel('Sidebar')).toContainText('ann · admin');
  const port = await worker.portOf('screen');
  const stream = await page.request.get(`http://127.0.0.1:${port}/snapshot`);
  expect(stream.status()).toBe(200);
  const cookies = await page.context().cookies(worker.url);
  expect(cookies.map(({ httpOnly, sameSite }) => ({ httpOnly, sameSite }))).toEqual([
    { httpOnly: true, sameSite: 'Strict' },
  ]);
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  // The cookie itself is of no use any more, wherever it has been kept.
  const kept = { Cookie: `${cookies[0]!.name}=${cookies[0]!.value}` };
  expect((await fetch(`${worker.url}/connectors`, { headers: kept })).status).toBe(401);
  expect((await fetch(`http://127.0.0.1:${port}/snapshot`, { headers: kept })).status).toBe(401);
});

test('a log-in in one tab is one in the others', async ({ page, worker, context }) => {
  const other = await context.newPage();
  await other.goto(`${worker.url}/ui/#/topics`);
  await expect(other.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await logIn(page, worker, 'vera');
  await expect(other.getByRole('heading', { name: 'Topics', level: 1 })).toBeVisible();
  await expect(other.getByLabel('Sidebar')).toContainText('vera · viewer');
});

test('a viewer is offered nothing that changes anything', async ({ page, worker }) => {
  await logIn(page, worker, 'vera');
  const forbidden = /create|add (a )?(source|sink)|^edit|delete|pause$|^stop$|restart|resume|reset|apply/i;
  for (const place of [
    '#/pipelines',
    '#/connectors',
    '#/connectors/cam',
    '#/connectors/cam?tab=tasks',
    '#/connectors/screen?tab=offsets',
    '#/topics/cam',
    '#/worker',
  ]) {
    await page.goto(`${worker.url}/ui/${place}`);
    await page.reload();
    await expect(page.locator('main')).toBeVisible();
    await expect(page.locator('.skel')).toHaveCount(0);
    const offered = await page
      .locator('a:visible, button:visible')
      .evaluateAll((all) => all.map((one) => (one.getAttribute('aria-label') ?? one.textContent ?? '').trim()));
    expect({ place, offered: offered.filter((label) => forbidden.test(label)) }).toEqual({ place, offered: [] });
  }
  await screenshot(page, 'login-viewer');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('cam');
  await expect(page.getByRole('option', { name: /Replay cam/ })).toBeVisible();
  await expect(page.getByRole('option', { name: /Pause|Edit|Stop/ })).toHaveCount(0);
  const refused = await page.evaluate(async () => (await fetch('../connectors/cam/pause', { method: 'PUT' })).status);
  expect(refused).toBe(403);
});

test('an operator is offered to pause and not to delete', async ({ page, worker }) => {
  await logIn(page, worker, 'olga', '#/connectors/cam');
  const main = page.getByRole('main');
  await main.getByRole('button', { name: 'Pause', exact: true }).click();
  await worker.state('cam', 'PAUSED');
  await main.getByRole('button', { name: 'Resume', exact: true }).click();
  await worker.state('cam', 'RUNNING');
  await expect(page.getByRole('button', { name: 'Delete' })).toHaveCount(0);
  await expect(page.getByRole('link', { name: 'Edit' })).toHaveCount(0);
  await screenshot(page, 'login-operator');
});

test('an operator makes a link, a stranger watches by it and sees nothing else, until it is taken back', async ({
  page,
  worker,
  browser,
}) => {
  await logIn(page, worker, 'olga', '#/connectors/screen');
  await page.getByRole('button', { name: 'Links for others' }).click();
  const dialog = page.getByRole('dialog', { name: 'Links to screen' });
  await expect(dialog.getByText('There are no links to it.')).toBeVisible();
  await dialog.getByLabel('Pictures a second at most').fill('99');
  await dialog.getByRole('button', { name: 'Make a link' }).click();
  await expect(dialog.getByRole('alert')).toContainText('0.1 to 60');
  await dialog.getByLabel('Pictures a second at most').fill('5');
  await dialog.getByRole('button', { name: 'Make a link' }).click();
  const url = await dialog.getByLabel('The link, which is shown this once').inputValue();
  await screenshot(page, 'links');
  const stranger = await (await browser.newContext()).newPage();
  const asked: string[] = [];
  stranger.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const messages: string[] = [];
  stranger.on('console', (message) => messages.push(message.text()));
  await stranger.goto(url);
  await expect.poll(() => hasPicture(stranger.locator('canvas'))).toBe(true);
  await expect(stranger.getByRole('heading')).toHaveText('screen');
  await expect(stranger.locator('#badge')).toHaveText('live');
  await screenshot(stranger, 'link-live');
  await stranger.setViewportSize({ width: 390, height: 844 });
  await screenshot(stranger, 'link-phone');
  expect([...new Set(asked)].sort()).toEqual(['/', '/link', '/watch']);
  expect(messages).toEqual([]);
  await dialog.getByRole('button', { name: 'Take back' }).click();
  await expect(dialog.getByText('There are no links to it.')).toBeVisible();
  await expect(stranger.getByText('This link is over, or was taken back.')).toBeVisible();
  await expect(stranger.locator('canvas')).toBeHidden();
  await screenshot(stranger, 'link-over');
  await stranger.context().close();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Log out' }).click();
  // A viewer is offered none of that.
  await logIn(page, worker, 'vera', '#/connectors/screen');
  await expect(page.getByRole('button', { name: 'Links for others' })).toBeHidden();
});

test('a page of another origin gets nowhere with the cookie of who is logged in', async ({ page, worker }) => {
  await logIn(page, worker, 'ann');
  const port = await worker.portOf('screen');
  // Another port of this very host, for which a browser sends the cookie along, and a name of a stranger's.
  const server = createServer((_, answer) => answer.setHeader('Content-Type', 'text/html').end('<p>stranger</p>'));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const near = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await page.route('http://stranger.test/', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<p>stranger</p>' }),
  );
  for (const stranger of [near, 'http://stranger.test/']) {
    await page.goto(stranger);
    const got = await page.evaluate(
      async ([rest, sink]) => {
        const tried: Record<string, string> = {};
        const attempt = async (name: string, url: string, options: RequestInit) => {
          tried[name] = await fetch(url, { credentials: 'include', ...options })
            .then(async (answer) => (answer.type === 'opaque' ? 'opaque' : `${answer.status} ${await answer.text()}`))
            .catch(() => 'nothing');
        };
        const form = { 'Content-Type': 'text/plain' };
        await attempt('reads', `${rest}/connectors`, {});
        await attempt('who', `${rest}/session`, {});
        await attempt('pauses', `${rest}/connectors/cam/pause`, { method: 'PUT' });
        await attempt('restarts', `${rest}/connectors/cam/restart`, { method: 'POST', mode: 'no-cors' });
        await attempt('creates', `${rest}/connectors`, { method: 'POST', mode: 'no-cors', headers: form, body: '{}' });
        await attempt('logs in', `${rest}/session`, {
          method: 'POST',
          mode: 'no-cors',
          headers: form,
          body: '{"user": "vera", "password": "open sesame"}',
        });
        await attempt('logs out', `${rest}/session`, { method: 'DELETE' });
        const sent = document.createElement('form');
        sent.method = 'POST';
        sent.enctype = 'text/plain';
        sent.action = `${rest}/connectors/cam/restart`;
        const frame = document.createElement('iframe');
        frame.name = 'hidden';
        sent.target = 'hidden';
        document.body.append(frame, sent);
        sent.submit();
        await new Promise((done) => frame.addEventListener('load', done, { once: true }));
        await attempt('watches', `${sink}/snapshot`, {});
        await attempt('watches from afar', `${sink}/snapshot`, { mode: 'no-cors' });
        await attempt('reads the status', `${sink}/status`, {});
        await attempt('cancels a clip', `${sink}/clip?id=x`, { method: 'DELETE' });
        return tried;
      },
      [worker.url, `http://127.0.0.1:${port}`],
    );
    for (const [name, answer] of Object.entries(got))
      expect({ stranger, name, answer }).toEqual({
        stranger,
        name,
        answer: expect.stringMatching(/^(nothing$|opaque$|401 )/),
      });
  }
  server.close();
  const history = await worker.rest('GET', '/connectors/cam/history');
  expect(history.body.history.map((entry: { action: string }) => entry.action)).not.toContain('RESTARTED');
  await worker.state('cam', 'RUNNING');
  await page.goto(`${worker.url}/ui/`);
  await expect(page.getByLabel('Sidebar')).toContainText('ann · admin');
});

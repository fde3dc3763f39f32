// The page's Content-Security-Policy holds in a real browser, and forbids nothing that the page does.
import { request } from 'node:http';
import { expect, test } from './test';
import type { Worker } from './worker';

async function play(worker: Worker): Promise<void> {
  await worker.source('door', worker.video('door.mp4', 4), 'door', { loop: 'true' });
  await worker.sink('screen', 'door');
  await worker.frames('door', 5);
}

test('no place of the page does what its policy forbids, and streams of other ports show', async ({ page, worker }) => {
  await play(worker);
  const violations: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy|violates/i.test(message.text())) violations.push(message.text());
  });
  await page.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`violates ${event.violatedDirective}: ${event.blockedURI} ${event.sample}`),
    ),
  );
  for (const place of [
    '#/pipelines',
    '#/connectors',
    '#/connectors/door',
    '#/connectors/screen',
    '#/connectors/create',
    '#/wall',
    '#/topics',
    '#/topics/door',
    '#/replay/screen',
    '#/logs',
    '#/worker',
  ]) {
    await page.goto(`${worker.url}/ui/${place}`);
    await page.reload();
    await expect(page.locator('main')).toBeVisible();
    await page.waitForLoadState('networkidle', { timeout: 1500 }).catch(() => undefined); // decides nothing: a stream never is idle
  }
  expect(violations).toEqual([]);
});

test('a script that is not the build’s own does not run', async ({ page, worker }) => {
  await page.goto(`${worker.url}/ui/`);
  const [ran, violated] = await page.evaluate(async () => {
    const told = new Promise<string>((done) =>
      document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective)),
    );
    const script = document.createElement('script');
    script.textContent = 'window.strange = true';
    document.head.append(script);
    return ['strange' in window, await told];
  });
  expect(ran).toBe(false);
  expect(violated).toBe('script-src-elem');
});

test('no other page can put it into a frame', async ({ page, worker }) => {
  const answer = await page.request.get(`${worker.url}/ui/`);
  expect(answer.headers()['x-frame-options']).toBe('DENY');
  expect(answer.headers()['content-security-policy']).toContain("frame-ancestors 'none'");
});

test('another origin’s page changes nothing here', async ({ page, worker }) => {
  await play(worker);
  // Pages of 127.0.0.1 on another port are of another origin; and a name made to lead here is refused by Host.
  await page.route('http://stranger.test/', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<p>stranger</p>' }),
  );
  await page.goto('http://stranger.test/');
  await page.evaluate(
    (url) =>
      fetch(`${url}/connectors/door/restart?includeTasks=true`, { method: 'POST', mode: 'no-cors' }).catch(
        () => undefined,
      ),
    worker.url,
  );
  const history = await worker.rest('GET', '/connectors/door/history');
  expect(history.body.history.map((entry: { action: string }) => entry.action)).not.toContain('RESTARTED');
  const status = await new Promise<number>((done) =>
    request(
      { port: new URL(worker.url).port, host: '127.0.0.1', path: '/connectors', headers: { Host: 'evil.example' } },
      (answer) => done(answer.statusCode ?? 0),
    ).end(),
  );
  expect(status).toBe(403);
});

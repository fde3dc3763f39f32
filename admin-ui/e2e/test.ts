import { test as base, expect, type Locator, type Page, type Request } from '@playwright/test';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort, Worker } from './worker';

export const screens = resolve(process.env['E2E_SCREENS'] ?? '../build/ui-screens');

/** `worker` runs for a whole spec file and is empty at the start of each test; `open` goes to a screen of its page. */
export const test = base.extend<{ open: (hash: string) => Promise<void>; quiet: void }, { worker: Worker }>({
  worker: [
    async ({}, use) => {
      const worker = await Worker.start();
      await use(worker);
      await worker.end();
    },
    { scope: 'worker' },
  ],
  quiet: [
    async ({ page, worker }, use) => {
      await worker.clear();
      const thrown: string[] = [];
      page.on('pageerror', (error) => thrown.push(error.message));
      await use();
      expect(thrown, 'exceptions in the page').toEqual([]);
    },
    { auto: true },
  ],
  open: async ({ page, worker }, use) => {
    await use(async (hash) => {
      await page.goto(`${worker.url}/ui/${hash}`);
    });
  },
});

/** A screen that has what it shows: no skeleton, and the fonts. */
export async function settled(page: Page): Promise<void> {
  await expect(page.locator('main > *').first()).toBeVisible();
  await expect(page.locator('.skel')).toHaveCount(0);
  await page.evaluate(() => document.fonts.ready);
}

/** Until the page has asked its worker `count` times how things are: once a second of its own clock, however slow the machine. */
export async function polls(page: Page, count: number): Promise<void> {
  let seen = 0;
  const look = (request: Request) => void (new URL(request.url()).pathname === '/connectors' && (seen += 1));
  page.on('request', look);
  await expect.poll(() => seen, `the page asks ${count} times`).toBeGreaterThanOrEqual(count);
  page.off('request', look);
}

/** The pixels of a canvas as text, to tell whether the picture changes. */
export const pixels = (canvas: Locator): Promise<string> =>
  canvas.evaluate((node) => (node as HTMLCanvasElement).toDataURL('image/png'));

/** Whether a canvas shows more than one colour. */
export const hasPicture = (canvas: Locator): Promise<boolean> =>
  canvas.evaluate((node) => {
    const element = node as HTMLCanvasElement;
    const { data } = element.getContext('2d')!.getImageData(0, 0, element.width, element.height);
    const seen = new Set<number>();
    for (let i = 0; i < data.length && seen.size < 8; i += 400)
      seen.add((data[i]! << 16) | (data[i + 1]! << 8) | data[i + 2]!);
    return seen.size >= 8;
  });

export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(screens, { recursive: true });
  await page.screenshot({ path: join(screens, `${name}.png`) });
}

export { expect, freePort };

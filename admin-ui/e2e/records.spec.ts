// What a record has not: a key, a value. The page tells null from empty.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, hasPicture, test } from './test';
import { build, Worker } from './worker';

test('replay tells a null key from an empty one, and a tombstone from a picture', async ({ page }) => {
  const worker = await Worker.start(join(build, 'test-plugins'));
  try {
    const file = join(worker.folder, 'one.jpg');
    execFileSync('ffmpeg', [
      '-v',
      'error',
      '-y',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=size=64x48:duration=1',
      '-frames:v',
      '1',
      file,
    ]);
    await worker.create('odd', {
      'connector.class': 'OddRecordsSource',
      topic: 'odd',
      picture: readFileSync(file).toString('hex'),
    });
    await worker.sink('view', 'odd', { 'errors.tolerance': 'all' });
    await worker.frames('odd', 7);
    await page.goto(`${worker.url}/ui/#/replay/odd?offset=0`);
    const panel = page.getByRole('complementary', { name: 'Frame' });
    const fact = (name: string) =>
      panel.locator('dl > div', { has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) }).locator('dd');
    const go = async (offset: number) => {
      await page.getByLabel(/Jump to an offset/).fill(String(offset));
      await page.keyboard.press('Enter');
      await expect(page.getByRole('heading', { name: `Frame ${offset}`, exact: true })).toBeVisible();
    };
    const picture = page.locator('canvas').first();
    await expect(fact('Key')).toHaveText('door');
    await expect.poll(() => hasPicture(picture)).toBe(true);
    await go(1);
    await expect(fact('Key')).toHaveText('null');
    await go(2);
    await expect(fact('Key')).toHaveText('door');
    await expect(fact('Value')).toHaveText('null (a tombstone)');
    await expect(fact('Picture')).toHaveCount(0);
    expect(await hasPicture(picture), 'no picture stays where there is none').toBe(false);
    await expect(page.getByText(/no picture that this browser can show/)).toHaveCount(0);
    await go(3);
    await expect(fact('Key')).toHaveText('empty');
    await expect(fact('Value')).toHaveCount(0);
    await expect.poll(() => hasPicture(picture)).toBe(true);
    await go(4);
    await expect(page.getByText(/Frame 4 is no picture that this browser can show/)).toBeVisible();
  } finally {
    await worker.end();
  }
});

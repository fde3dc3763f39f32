// Dead letters: how many, why, what they are, and how they go back.
import AxeBuilder from '@axe-core/playwright';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, screenshot, settled, test } from './test';
import { until, type Worker } from './worker';

/** Texts that are numbers up to 127. */
const small = {
  'value.converter': 'StringConverter',
  transforms: 'small,text',
  'transforms.small.type': 'Cast$Value',
  'transforms.small.spec': 'int8',
  'transforms.text.type': 'Cast$Value',
  'transforms.text.spec': 'string',
  'errors.tolerance': 'all',
  'errors.deadletterqueue.topic.name': 'dead',
  'errors.deadletterqueue.context.headers.enable': 'true',
};

const beats = (worker: Worker, topic: string, count: number, more: Record<string, string> = {}) =>
  worker.create(`beats-${topic}`, {
    'connector.class': 'HeartbeatSource',
    topic,
    rate: '500',
    count: String(count),
    ...more,
  });
const lines = (worker: Worker, name: string, topic: string, more: Record<string, string> = {}) =>
  worker.create(name, {
    'connector.class': 'LineFileSink',
    topics: topic,
    file: join(worker.folder, `${name}.txt`),
    ...more,
  });
const letters = (worker: Worker, name: string, count: number) =>
  until(`${name} has ${count} dead letters`, async () => {
    const { body } = await worker.rest('GET', `/connectors/${name}/dead-letters`);
    return body.own + body.unnamed >= count;
  });
/** A sink makes its file with its first record. */
const rows = (worker: Worker, name: string) => {
  const file = join(worker.folder, `${name}.txt`);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text.split('\n').filter((row) => row !== '');
};

test('records that were left out are told by reason, looked at and sent back', async ({ page, open, worker }) => {
  await beats(worker, 'numbers', 145);
  await lines(worker, 'small', 'numbers', small);
  await letters(worker, 'small', 17);
  await open('#/connectors/small');
  await page.getByRole('link', { name: '17 in dead' }).click();
  await expect(page.getByRole('heading', { name: '17 in the dead letter topic' })).toBeVisible();
  const reasons = page.getByRole('list', { name: 'Reasons' }).getByRole('listitem');
  await expect(reasons).toHaveCount(1);
  await expect(reasons).toContainText('A transform failed');
  await expect(reasons).toContainText('from numbers');
  await screenshot(page, 'letters');

  await reasons.getByRole('button', { name: /^Look at the records/ }).click();
  const record = page.getByRole('region', { name: 'Record', exact: true });
  await expect(record.getByRole('heading', { name: '1 of 17' })).toBeVisible();
  await expect(record.getByRole('region', { name: 'Value of the record' })).toHaveText('144');
  await expect(record).toContainText('__connect.errors.stage');
  await record.getByRole('button', { name: 'Older record' }).click();
  await expect(record.getByRole('region', { name: 'Value of the record' })).toHaveText('143');
  await page.reload();
  await expect(record.getByRole('region', { name: 'Value of the record' })).toHaveText('143');

  // What they died of is mended: the sink takes any number now.
  const mended = Object.fromEntries(Object.entries(small).filter(([key]) => !/^(transforms|value)/.test(key)));
  await worker.rest('PUT', '/connectors/small/config', {
    'connector.class': 'LineFileSink',
    topics: 'numbers',
    file: join(worker.folder, 'small.txt'),
    ...mended,
  });
  await page.getByRole('button', { name: 'Send back to numbers…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Send dead letters back to numbers?' });
  await expect(dialog).toContainText('copies 17 records from dead to numbers');
  await screenshot(page, 'letters-send');
  await dialog.getByRole('button', { name: 'Send them back' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByText('all are sent. Delete it when they are taken.')).toBeVisible();
  await expect.poll(() => rows(worker, 'small').slice(-17)).toEqual(Array.from({ length: 17 }, (_, i) => `${128 + i}`));
  await expect(page.getByRole('button', { name: 'Send back to numbers…' })).toHaveCount(0);
  const again = (await worker.rest('GET', '/connectors/small/dead-letters')).body;
  expect(again.own, 'none has died again, and they stay where they are').toBe(17);
  await page.getByRole('link', { name: 'small-back-to-numbers' }).click();
  await expect(page.getByRole('heading', { name: 'small-back-to-numbers', level: 1 })).toBeVisible();
});

test('of a topic that connectors share each has its own letters, and sends only these back', async ({
  page,
  open,
  worker,
}) => {
  await beats(worker, 'figures', 130);
  await beats(worker, 'more', 133);
  await lines(worker, 'mine', 'figures', small);
  await lines(worker, 'other', 'more', small);
  await letters(worker, 'mine', 2);
  await letters(worker, 'other', 5);
  await open('#/connectors/mine?tab=dead-letters');
  await expect(page.getByRole('heading', { name: '2 in the dead letter topic' })).toBeVisible();
  await expect(page.getByText('5 more are of other connectors: other.')).toBeVisible();
  await page.getByRole('button', { name: 'Send back to figures…' }).click();
  await page.getByRole('button', { name: 'Open in the form' }).click();
  await expect(page.locator('#f-name')).toHaveValue('mine-back-to-figures');
  await expect(page.locator('[id="f-source.topics"]')).toHaveValue('dead');
  await expect(page.locator('[id="f-predicates.own.pattern"]')).toHaveValue('mine');
  await page.locator('#f-topic').fill('again');
  await page.getByRole('button', { name: 'Review changes' }).click();
  await page.getByRole('button', { name: 'Create connector' }).click();
  await lines(worker, 'again', 'again');
  await expect.poll(() => rows(worker, 'again')).toEqual(['128', '129']);
  await open('#/topics/dead');
  await expect(page.getByRole('listitem').filter({ hasText: 'Dead letters' })).toHaveText([/mine/, /other/]);
});

test('a sink without letters says why there are none, and one without such a topic has no tab', async ({
  page,
  open,
  worker,
}) => {
  await beats(worker, 'few', 3);
  await lines(worker, 'plain', 'few');
  await lines(worker, 'strict', 'few', { ...small, 'errors.tolerance': 'none' });
  await worker.state('strict', 'RUNNING');
  await open('#/connectors/plain');
  await expect(page.getByRole('link', { name: 'Tasks', exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Dead letters' })).toHaveCount(0);
  await open('#/connectors/strict?tab=dead-letters');
  await expect(page.getByRole('heading', { name: 'There is no topic dead' })).toBeVisible();
  await expect(page.getByText('Nothing goes to dead')).toBeVisible();
  expect((await worker.rest('GET', '/topics/dead')).status, 'looking makes no topic').toBe(404);
  await page.getByRole('link', { name: 'Edit errors.tolerance' }).click();
  await expect(page.locator('[id="f-errors.tolerance"]')).toBeFocused();
});

test('a topic that was deleted or cannot be read is told, and letters that say nothing are', async ({
  page,
  open,
  worker,
}) => {
  await beats(worker, 'texts', 130);
  await lines(worker, 'mute', 'texts', { ...small, 'errors.deadletterqueue.context.headers.enable': 'false' });
  await letters(worker, 'mute', 2);
  await open('#/connectors/mute?tab=dead-letters');
  await expect(page.getByText('They do not say whose they are')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Send back to texts…' })).toBeVisible();
  await page.getByRole('link', { name: 'Have the next ones say it' }).click();
  await expect(page.locator('[id="f-errors.deadletterqueue.context.headers.enable"]')).toBeFocused();
  await worker.rest('PUT', '/connectors/mute/stop');
  await worker.rest('DELETE', '/topics/dead');
  await open('#/connectors/mute?tab=dead-letters');
  await expect(page.getByRole('heading', { name: 'There is no topic dead' })).toBeVisible();
  await page.route('**/dead-letters', (route) =>
    route.fulfill({ status: 503, json: { error_code: 503, message: 'The broker is away.' } }),
  );
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'The broker is away.' })).toBeVisible();
  await page.reload();
  await expect(page.getByText('The dead letters could not be read.')).toBeVisible();
});

const hostile = `</b><img src=x onerror="document.title='got you'"> ${'x'.repeat(400)} \u202e\nsecond line`;
/** What a worker with thousands of letters of many kinds answers. */
const many = {
  topic: 'dead',
  exists: true,
  records: 54_321,
  looked_at: 10_000,
  complete: false,
  own: 9_990,
  others: 10,
  unnamed: 0,
  in_further_reasons: 12,
  reasons: Array.from({ length: 50 }, (_, i) => ({
    named: true,
    topic: i % 2 ? 'numbers' : 'a-topic-with-a-rather-long-name-of-a-camera-in-the-yard',
    stage: ['TRANSFORMATION', 'TASK_PUT', 'VALUE_CONVERTER', 'SOMETHING_NEW'][i % 4],
    class: 'org.apache.kafka.connect.transforms.Cast$Value',
    exception: 'org.apache.kafka.connect.errors.DataException',
    message: i === 0 ? hostile : `reason ${i}`,
    messages_differ: i % 3 === 0,
    letters: 500 - i,
    without_value: i === 1 ? 499 : 0,
    first_timestamp: 1,
    last_timestamp: 2,
  })),
  letters: [
    ['<script>alert(1)</script>', [['content-type', 'text/html']]],
    ['no jpeg', [['content-type', 'image/jpeg']]],
    [null, [['framespool.errors.value.bytes', '9000000']]],
    [null, []],
    ['\u00ff\u00d8', []],
  ].map(([value, headers], i) => ({
    reason: 0,
    partition: 0,
    offset: 100 - i,
    timestamp: 5,
    key: i === 0 ? hostile : null,
    value: value === null ? null : btoa(value as string),
    value_bytes: value === null ? 0 : (value as string).length,
    headers: (headers as string[][]).map(([key, text]) => ({ key, value: text })),
  })),
};

for (const [width, scheme] of [
  [1440, 'dark'],
  [1440, 'light'],
  [390, 'dark'],
  [320, 'light'],
] as const)
  test(`thousands of letters with hostile texts fit at ${width}, ${scheme}`, async ({ page, open, worker }) => {
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 900 });
    await lines(worker, 'small', 'numbers', small);
    await page.route('**/dead-letters', (route) => route.fulfill({ json: many }));
    await open('#/connectors/small?tab=dead-letters&reason=0');
    await settled(page);
    await expect(page.getByRole('heading', { name: 'At least 9,990 in the dead letter topic' })).toBeVisible();
    await expect(page.getByText('The newest 10,000 of 54,321 records were looked at.')).toBeVisible();
    await expect(page.getByText('12 records have further reasons.')).toBeVisible();
    await expect(page.getByRole('list', { name: 'Reasons' }).getByRole('listitem')).toHaveCount(50);
    const record = page.getByRole('region', { name: 'Record', exact: true });
    const older = record.getByRole('button', { name: 'Older record' });
    await expect(record.getByRole('region', { name: 'Value of the record' })).toHaveText('<script>alert(1)</script>');
    const look = async () => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect.soft(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)).toEqual([]);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect.soft(wide).toBeLessThanOrEqual(0);
    };
    await look();
    await page.evaluate(() => scrollTo(0, 0));
    await screenshot(page, `letters-many-${width}-${scheme}`);
    await record.scrollIntoViewIfNeeded();
    await screenshot(page, `letters-record-${width}-${scheme}`);
    for (const said of [
      'it is none that this browser can show',
      'Its value had 9 MB, which the dead letter topic did not take.',
      'It has no value: a tombstone.',
      '2 B that are no text.',
    ]) {
      await older.click();
      await expect(record).toContainText(said);
    }
    await expect(older).toHaveAttribute('aria-disabled', 'true');
    expect(await page.title()).not.toContain('got you');
    await page.getByRole('button', { name: 'Send back to numbers…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Send dead letters back to numbers?' });
    await expect(dialog).toContainText('copies at least');
    await expect(dialog).toContainText('499 records have no value any more');
    await look();
    await screenshot(page, `letters-send-${width}-${scheme}`);
  });

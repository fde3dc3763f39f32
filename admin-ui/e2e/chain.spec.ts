import { expect, screenshot, test } from './test';

test('a chain of transforms is put together in the form, and records pass it', async ({ page, open, worker }) => {
  const file = worker.video('cam.mp4');
  await open('#/connectors?create=configure&plugin=VideoFileSource');
  await page.getByRole('textbox', { name: /^Name/ }).fill('cam');
  await page.locator('#f-file').fill(file);
  await page.locator('#f-topic').fill('cam');
  const chain = page.getByRole('group', { name: 'Transforms', exact: true });
  await chain.getByLabel('Add a transform').selectOption('InsertHeader');
  const mark = chain.getByRole('listitem', { name: 'insertHeader' });
  await expect(mark.getByLabel('Class of insertHeader')).toBeFocused();
  await page.locator('[id="f-transforms.insertHeader.header"]').fill('site');
  await page.locator('[id="f-transforms.insertHeader.value.literal"]').fill('yard');

  await chain.getByLabel('Add a transform').selectOption('Filter');
  await chain.getByLabel('Add a predicate').selectOption('EveryNth');
  const every = page.locator('[id="f-predicates.everyNth.n"]');
  await every.fill('0');
  await expect(page.locator('[id="f-predicates.everyNth.n-e"]')).toContainText('at least 1');
  await every.fill('2');
  const filter = chain.getByRole('listitem', { name: 'filter' });
  await filter.getByLabel('For', { exact: true }).selectOption('everyNth');
  await filter.getByLabel('only the others').check();
  await screenshot(page, 'create-chain');

  await filter.getByRole('button', { name: 'Move filter up' }).click();
  await expect(chain.getByRole('list').first().getByRole('listitem')).toContainText(['filter', 'insertHeader']);
  await expect(chain.getByText('filter is number 1 of 2')).toBeAttached();
  await expect(page.getByText('Other keys')).toHaveCount(0);
  await expect(page.getByText('No errors')).toBeVisible();

  await page.getByRole('button', { name: 'Review changes' }).click();
  await page.getByRole('button', { name: 'Create connector' }).click();
  await worker.state('cam', 'RUNNING');
  const config = (await worker.rest('GET', '/connectors/cam/config')).body;
  expect(config).toEqual({
    name: 'cam',
    'connector.class': 'VideoFileSource',
    file,
    topic: 'cam',
    transforms: 'filter,insertHeader',
    'transforms.insertHeader.type': 'InsertHeader',
    'transforms.insertHeader.header': 'site',
    'transforms.insertHeader.value.literal': 'yard',
    'transforms.filter.type': 'Filter',
    'transforms.filter.predicate': 'everyNth',
    'transforms.filter.negate': 'true',
    predicates: 'everyNth',
    'predicates.everyNth.type': 'EveryNth',
    'predicates.everyNth.n': '2',
  });

  await worker.sink('screen', 'cam');
  await worker.frames('cam', 60);
  const first = await fetch(`http://127.0.0.1:${await worker.portOf('screen')}/frames/0`);
  expect(first.headers.get('x-framespool-site')).toBe('yard');
  expect(first.headers.get('x-framespool-frame')).toBe('1');
});

test('a chain that a config has already is shown, and its parts can be removed and given another class', async ({
  page,
  open,
  worker,
}) => {
  const config = {
    name: 'beats',
    'connector.class': 'HeartbeatSource',
    topic: 'beats',
    transforms: 'a',
    'transforms.a.type': 'org.apache.kafka.connect.transforms.HoistField$Value',
    'transforms.a.field': 'n',
    'transforms.a.predicate': 'p',
    predicates: 'p',
    'predicates.p.type': 'org.apache.kafka.connect.transforms.predicates.RecordIsTombstone',
  };
  await worker.rest('PUT', '/connectors/beats/config', config);
  await open('#/connectors/beats/edit');
  const chain = page.getByRole('group', { name: 'Transforms', exact: true });
  await expect(chain.getByLabel('Class of a')).toHaveValue('org.apache.kafka.connect.transforms.HoistField$Value');
  await expect(page.locator('[id="f-transforms.a.field"]')).toHaveValue('n');
  await chain.getByRole('button', { name: 'Remove p' }).click();
  await expect(chain.getByLabel('For', { exact: true })).toHaveValue('');
  await chain.getByLabel('Class of a').selectOption('DropHeaders');
  await page.locator('[id="f-transforms.a.headers"]').fill('x');
  await expect(page.getByText('No errors')).toBeVisible();
  await page.getByRole('button', { name: 'Review changes' }).click();
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect
    .poll(async () => (await worker.rest('GET', '/connectors/beats/config')).body)
    .toEqual({
      name: 'beats',
      'connector.class': 'HeartbeatSource',
      topic: 'beats',
      transforms: 'a',
      'transforms.a.type': 'DropHeaders',
      'transforms.a.headers': 'x',
    });
});

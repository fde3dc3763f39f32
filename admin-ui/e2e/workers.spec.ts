// Workers that share their connectors: who there is, which task runs where and why, and what has moved.
import AxeBuilder from '@axe-core/playwright';
import type { Cluster } from '../src/api/types';
import { expect, screenshot, settled, test } from './test';

const now = Date.now();
const worker = (id: string, more: Partial<Cluster['workers'][number]> = {}): Cluster['workers'][number] => ({
  worker_id: id,
  session: `${id}-5f`,
  state: 'RUNNING',
  leads: false,
  version: '0.2.0',
  uptime_ms: 3_600_000,
  labels: { site: 'berlin', worker: id },
  connector_classes: { HeartbeatSource: ['1.0.0'] },
  tasks: 1,
  ...more,
});
const task = (connector: string, more: Partial<Cluster['tasks'][number]> = {}): Cluster['tasks'][number] => ({
  connector,
  task: 0,
  state: 'RUNNING',
  worker_id: 'wall-1',
  epoch: 1,
  cause: 'new',
  from: null,
  since: now - 60_000,
  ...more,
});
const wall: Cluster = {
  group_id: 'wall',
  worker_id: 'wall-1',
  leader: 'wall-2',
  term: 3,
  workers: [
    worker('wall-1', { tasks: 2 }),
    worker('wall-2', { leads: true, labels: { gpu: '', site: 'hamburg', worker: 'wall-2' } }),
    worker('wall-3', { state: 'GONE', session: null, tasks: 1 }),
  ],
  tasks: [
    task('door', { worker_id: 'wall-2', cause: 'worker-gone', from: 'wall-3', epoch: 4 }),
    task('hall'),
    task('lab', {
      state: 'UNASSIGNED',
      worker_id: null,
      epoch: 0,
      since: null,
      problems: [
        { kind: 'not-placed', message: 'no worker may run it: wall-1 and 1 more is not where placement says' },
      ],
    }),
  ],
  moves: [
    {
      time: now - 60_000,
      connector: 'hall',
      task: 0,
      from: null,
      to: 'wall-1',
      epoch: 1,
      cause: 'new',
      message: 'it is new: wall-1 has it',
    },
    {
      time: now - 5_000,
      connector: 'door',
      task: 0,
      from: 'wall-3',
      to: 'wall-2',
      epoch: 4,
      cause: 'worker-gone',
      message: 'the group had given up wall-3: wall-2 has it',
    },
  ],
};

test('workers, the leader, places of tasks with their reasons, and moves', async ({ page, open }) => {
  await page.route('**/cluster', (route) => route.fulfill({ json: wall }));
  await open('#/worker');
  const workers = page.getByRole('region', { name: 'Workers of wall' });
  await expect(workers.getByRole('row')).toHaveCount(4);
  await expect(workers.getByRole('row', { name: /wall-1/ })).toContainText('this one');
  await expect(workers.getByRole('row', { name: /wall-2/ })).toContainText('leads');
  await expect(workers.getByRole('row', { name: /wall-2/ })).toContainText('gpu, site=hamburg');
  await expect(workers.getByRole('row', { name: /wall-3/ })).toContainText('gone');
  const places = page.getByRole('region', { name: 'Which task runs where' });
  // What runs nowhere comes first, with its reason.
  await expect(places.getByRole('row').nth(1)).toContainText('is not where placement says');
  await expect(places.getByRole('row', { name: /door/ })).toContainText('wall-3 was gone');
  const moves = page.getByRole('region', { name: 'Moves' }).getByRole('listitem');
  await expect(moves).toHaveCount(2);
  await expect(moves.first()).toContainText('the group had given up wall-3: wall-2 has it');
  await settled(page);
  await screenshot(page, 'cluster');
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
});

test('a worker that shares with nobody says nothing of a cluster', async ({ page, open, worker: alone }) => {
  const answer = await alone.rest('GET', '/cluster');
  expect(answer.status).toBe(200);
  await open('#/worker');
  await expect(page.getByRole('heading', { name: 'Plugins', exact: true })).toBeVisible();
  await expect(page.getByRole('heading', { name: /^Workers of/ })).toHaveCount(0);
});

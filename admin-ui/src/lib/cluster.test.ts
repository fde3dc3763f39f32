import { describe, expect, it } from 'vitest';
import { isShared, labelsOf, movesToShow, placeWords, tasksInOrder, type ClusterTask } from './cluster';

const task = (more: Partial<ClusterTask>): ClusterTask => ({
  connector: 'cam',
  task: 0,
  state: 'RUNNING',
  worker_id: 'w1',
  epoch: 1,
  cause: 'new',
  from: null,
  since: 1,
  ...more,
});

describe('a cluster', () => {
  it('is nothing to show where a worker shares with nobody', () => {
    const alone = { group_id: null, worker_id: 'w', leader: 'w', term: 0, workers: [], tasks: [], moves: [] };
    expect(isShared(null)).toBe(false);
    expect(isShared(alone)).toBe(false);
    expect(isShared({ ...alone, group_id: 'wall' })).toBe(true);
  });

  it('says why a task is where it is, and before that why it is nowhere', () => {
    expect(placeWords(task({ cause: 'worker-gone', from: 'w2' }))).toBe('w2 was gone');
    expect(placeWords(task({ cause: 'balance', from: 'w2' }))).toBe('w2 had more to do');
    expect(placeWords(task({ cause: null }))).toBe('');
    const problems = [{ kind: 'not-placed', message: 'no worker may run it' }];
    expect(placeWords(task({ cause: 'worker-gone', from: 'w2', problems }))).toBe('no worker may run it');
  });

  it('lists tasks that cannot run first, and cam-2 before cam-10', () => {
    const tasks = [
      task({ connector: 'cam-10' }),
      task({ connector: 'cam-2', task: 1 }),
      task({ connector: 'cam-2' }),
      task({ connector: 'x', state: 'UNASSIGNED' }),
      task({ connector: 'y', state: 'FAILED' }),
    ];
    expect(tasksInOrder(tasks).map((each) => `${each.connector}/${each.task}`)).toEqual([
      'y/0',
      'x/0',
      'cam-2/0',
      'cam-2/1',
      'cam-10/0',
    ]);
  });

  it('shows labels without the id, and the newest moves first', () => {
    const worker = {
      worker_id: 'w1',
      session: null,
      state: 'RUNNING' as const,
      leads: true,
      version: null,
      uptime_ms: null,
      labels: { gpu: '', site: 'berlin', worker: 'w1' },
      connector_classes: {},
      tasks: 0,
    };
    expect(labelsOf(worker)).toEqual(['gpu', 'site=berlin']);
    const moves = [1, 2, 3].map((epoch) => ({
      time: epoch,
      connector: 'cam',
      task: 0,
      from: null,
      to: 'w1',
      epoch,
      cause: 'new' as const,
      message: '',
    }));
    expect(movesToShow(moves, 2).map((move) => move.epoch)).toEqual([3, 2]);
  });
});

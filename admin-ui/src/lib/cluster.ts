// What the page says of workers that share their connectors.
import type { Cluster } from '../api/types';

export type ClusterWorker = Cluster['workers'][number];
export type ClusterTask = Cluster['tasks'][number];
export type ClusterMove = Cluster['moves'][number];

/** Whether others may have tasks, so that there is something to show. */
export const isShared = (cluster: Cluster | null): boolean => cluster !== null && cluster.group_id !== null;

/** Why a task is where it is, in the fewest words. */
export function placeWords(task: ClusterTask): string {
  if (task.problems && task.problems.length > 0) return task.problems[0]!.message;
  switch (task.cause) {
    case 'worker-gone':
      return `${task.from ?? 'its worker'} was gone`;
    case 'worker-leaving':
      return `${task.from ?? 'its worker'} was stopped`;
    case 'refused':
      return `it could not run on ${task.from ?? 'another worker'}`;
    case 'balance':
      return `${task.from ?? 'another worker'} had more to do`;
    case 'restart':
      return 'it was restarted';
    case 'new':
      return 'it is new, or its config is';
    default:
      return '';
  }
}

/** Those that cannot run first, then by connector and number. */
export function tasksInOrder(tasks: ClusterTask[]): ClusterTask[] {
  const urgency = (task: ClusterTask) => (task.state === 'FAILED' ? 0 : task.state === 'UNASSIGNED' ? 1 : 2);
  return [...tasks].sort(
    (a, b) =>
      urgency(a) - urgency(b) || a.connector.localeCompare(b.connector, 'en', { numeric: true }) || a.task - b.task,
  );
}

export const toneOf = (state: ClusterTask['state']): 'ok' | 'bad' | 'warn' | 'neu' =>
  state === 'RUNNING' ? 'ok' : state === 'FAILED' ? 'bad' : state === 'UNASSIGNED' ? 'warn' : 'neu';

/** The worker's own id is no news beside its name. */
export const labelsOf = (worker: ClusterWorker): string[] =>
  Object.entries(worker.labels)
    .filter(([name]) => name !== 'worker')
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`));

/** Newest first. */
export const movesToShow = (moves: ClusterMove[], most = 20): ClusterMove[] => moves.slice(-most).reverse();

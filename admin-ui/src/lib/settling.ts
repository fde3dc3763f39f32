// What becomes of an action on a connector: it is pending until the states the worker tells have settled where the
// action leads, and failed when they go elsewhere or take too long. Nothing succeeds in silence.
import type { ConnectorStatus, State } from '../api/types';
import { problemsOfStatus, reasonOf } from './failures';

export type Verb = 'pause' | 'resume' | 'stop' | 'restart' | 'delete' | 'save' | 'create' | 'offsets';

export interface Action {
  id: number;
  connector: string;
  verb: Verb;
  label: string;
  started: number;
  phase: 'sending' | 'settling' | 'done' | 'failed';
  message: string;
  goal: State | 'gone' | 'any';
  ended: number | null;
}

export const settleLimitMs = 20_000;

export const words: Record<Verb, { doing: string; done: string }> = {
  pause: { doing: 'Pausing', done: 'Paused' },
  resume: { doing: 'Resuming', done: 'Running' },
  stop: { doing: 'Stopping', done: 'Stopped' },
  restart: { doing: 'Restarting', done: 'Restarted' },
  delete: { doing: 'Deleting', done: 'Deleted' },
  save: { doing: 'Saving', done: 'Saved' },
  create: { doing: 'Creating', done: 'Created' },
  offsets: { doing: 'Changing offsets', done: 'Offsets changed' },
};

function statesOf(status: ConnectorStatus): State[] {
  return [status.connector.state, ...status.tasks.map((task) => task.state)];
}

/** The action after the worker has told `status` (undefined: there is no such connector). */
export function settle(action: Action, status: ConnectorStatus | undefined, now: number): Action {
  if (action.phase !== 'settling') return action;
  const done = (): Action => ({ ...action, phase: 'done', message: words[action.verb].done, ended: now });
  const failed = (message: string): Action => ({ ...action, phase: 'failed', message, ended: now });
  if (action.goal === 'gone') {
    if (!status) return done();
  } else if (!status) {
    return failed(`${action.connector} does not exist any more`);
  } else {
    const states = statesOf(status);
    if (states.includes('FAILED')) return failed(reasonOf(problemsOfStatus(status)) || 'The task failed');
    const unsettled = states.some((state) => state === 'RESTARTING' || state === 'UNASSIGNED');
    if (action.goal === 'any' ? !unsettled : !unsettled && states.every((state) => state === action.goal)) {
      // A running connector without a task has not arrived.
      if (action.goal !== 'RUNNING' || status.tasks.length > 0) return done();
    }
  }
  if (now - action.started > settleLimitMs) {
    const found = status ? statesOf(status).join(', ') : 'nothing';
    return failed(`Not settled after ${settleLimitMs / 1000} s: it is ${found}`);
  }
  return action;
}

// What can be done to a connector now, and why the rest cannot.
import type { Call } from '../api/client';
import { calls } from '../api/rest';
import type { ConnectorStatus } from '../api/types';
import type { Action, Verb } from './settling';

export interface Choice {
  verb: Verb;
  label: string;
  doing: string;
  call: Call;
  goal: Action['goal'];
  /** Why it cannot be done; empty: it can. */
  because: string;
}

const whileBusy = 'Wait until the last action has settled';

export function choicesFor(status: ConnectorStatus, busy: boolean): { pauseOrResume: Choice; stop: Choice } {
  const { name } = status;
  const state = status.connector.state;
  const resume: Choice = {
    verb: 'resume',
    label: 'Resume',
    doing: 'Resuming',
    call: calls.resume(name),
    goal: 'RUNNING',
    because: busy ? whileBusy : '',
  };
  const pause: Choice = {
    verb: 'pause',
    label: 'Pause',
    doing: 'Pausing',
    call: calls.pause(name),
    goal: 'PAUSED',
    because: busy ? whileBusy : '',
  };
  const stop: Choice = {
    verb: 'stop',
    label: 'Stop',
    doing: 'Stopping',
    call: calls.stop(name),
    goal: 'STOPPED',
    because: busy ? whileBusy : state === 'STOPPED' ? 'It is stopped already' : '',
  };
  return { pauseOrResume: state === 'PAUSED' || state === 'STOPPED' ? resume : pause, stop };
}

/** The first is the one that is meant most often now. */
export function restartChoices(status: ConnectorStatus, busy: boolean): Choice[] {
  const { name, tasks } = status;
  const state = status.connector.state;
  const failed = tasks.filter((task) => task.state === 'FAILED').length + (state === 'FAILED' ? 1 : 0);
  const still = state === 'STOPPED' ? 'It is stopped: resume it' : '';
  const choice = (label: string, includeTasks: boolean, onlyFailed: boolean, because: string): Choice => ({
    verb: 'restart',
    label,
    doing: 'Restarting',
    call: calls.restart(name, includeTasks, onlyFailed),
    goal: 'any',
    because: busy ? whileBusy : because,
  });
  const onlyFailed = choice('Restart failed only', true, true, still || (failed === 0 ? 'Nothing has failed' : ''));
  const all = choice('Restart connector and tasks', true, false, still);
  const connector = choice('Restart connector only', false, false, still);
  return failed > 0 ? [onlyFailed, connector, all] : [all, connector, onlyFailed];
}

import type { WorkerEvent } from '../api/types';
import { firstLine } from './failures';

export type Tone = 'ok' | 'bad' | 'warn' | 'neu';
const tones: Record<string, Tone> = {
  RUNNING: 'ok',
  FAILED: 'bad',
  RESTARTING: 'warn',
  UNASSIGNED: 'warn',
  CREATED: 'ok',
};

export const eventTone = (event: WorkerEvent): Tone => tones[event.state.toUpperCase()] ?? 'neu';

/** What happened, in a line: the first of the message, with the task it happened to. */
export function eventWords(event: WorkerEvent): string {
  const message = firstLine(event.message);
  const state = event.state.toLowerCase();
  const task = event.task !== null && event.task !== undefined && event.task >= 0 ? `task ${event.task} ` : '';
  if (message === '') return `${task}${state}`;
  // A message that says the state itself needs no second word for it.
  return message.toLowerCase().includes(state) || state === '' ? message : `${task}${state}: ${message}`;
}

export interface Activity {
  /** When something last happened to it. */
  changed: number | null;
  restarts: number;
}

/** Of each connector, since it was last created: one of the same name before it was another. */
export function activityOf(events: WorkerEvent[]): Map<string, Activity> {
  const result = new Map<string, Activity>();
  const restarts = new Map<string, Map<number | null, number>>();
  for (const event of events) {
    const { connector, task, state, time } = event;
    if (state === 'CREATED') restarts.delete(connector);
    if (state === 'RESTARTING') {
      // A restart of the connector with its tasks is told of each of them, and is one.
      const counts = restarts.get(connector) ?? new Map<number | null, number>();
      restarts.set(connector, counts.set(task, (counts.get(task) ?? 0) + 1));
    }
    const changed = Math.max(result.get(connector)?.changed ?? 0, time);
    result.set(connector, { changed, restarts: Math.max(0, ...(restarts.get(connector)?.values() ?? [])) });
  }
  return result;
}

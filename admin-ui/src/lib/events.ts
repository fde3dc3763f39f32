import type { WorkerEvent } from '../api/types';
import { plainLine } from './failures';

export type Tone = 'ok' | 'bad' | 'warn' | 'neu';
const tones: Record<string, Tone> = { RUNNING: 'ok', FAILED: 'bad', RESTARTING: 'warn', UNASSIGNED: 'warn', CREATED: 'ok' };

export const eventTone = (event: WorkerEvent): Tone => tones[event.state.toUpperCase()] ?? 'neu';

/** What happened, in a line: the first of the message, with the task it happened to. */
export function eventWords(event: WorkerEvent): string {
  const message = plainLine(event.message);
  const state = event.state.toLowerCase();
  const task = event.task !== null && event.task !== undefined && event.task >= 0 ? `task ${event.task} ` : '';
  if (message === '') return `${task}${state}`;
  // A message that says the state itself needs no second word for it.
  return message.toLowerCase().includes(state) || state === '' ? message : `${task}${state}: ${message}`;
}

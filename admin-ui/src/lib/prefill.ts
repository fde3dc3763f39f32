// A config that was pasted or uploaded on the first step, on its way to the second.
import type { Config } from '../api/types';
import { fromJson } from './form/config';
import { fromProperties } from './form/properties';

let waiting: Config | null = null;

export function leavePrefill(config: Config): void {
  waiting = config;
}
export function takePrefill(): Config | null {
  const config = waiting;
  waiting = null;
  return config;
}

/** JSON or .properties, whichever it is. */
export function readAny(text: string): { config: Config } | { problem: string } {
  const trimmed = text.trim();
  if (trimmed === '') return { problem: 'There is nothing in it' };
  if (trimmed.startsWith('{')) return fromJson(trimmed, {}, new Set());
  const config = fromProperties(trimmed);
  if (!config['connector.class'] && !/[=:]/.test(trimmed)) return { problem: 'This is neither JSON nor .properties' };
  return { config };
}

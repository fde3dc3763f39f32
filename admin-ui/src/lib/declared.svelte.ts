// What the tasks of a connector class report, as the class declares it: asked for when it is first wanted, and again, after
// longer and longer pauses, until the worker has answered.
import { SvelteMap } from 'svelte/reactivity';
import { rest } from '../api/rest';
import type { Metric } from '../api/types';

export const firstPauseMs = 500;
export const longestPauseMs = 60_000;

const known = new SvelteMap<string, Metric[]>();
const asked = new Map<string, Promise<void>>();

/** Of `plugin`, a class name; none until the worker has answered. */
export function metricsOf(plugin: string): Metric[] {
  void metricsAsked(plugin);
  return known.get(plugin) ?? [];
}

/** Settled when the worker has answered, or did not at the first try. */
export function metricsAsked(plugin: string): Promise<void> {
  if (plugin === '') return Promise.resolve();
  let asking = asked.get(plugin);
  if (!asking) asked.set(plugin, (asking = ask(plugin, firstPauseMs)));
  return asking;
}

async function ask(plugin: string, pauseMs: number): Promise<void> {
  try {
    known.set(plugin, await rest.pluginMetrics(plugin));
  } catch {
    setTimeout(() => void ask(plugin, Math.min(2 * pauseMs, longestPauseMs)), pauseMs);
  }
}

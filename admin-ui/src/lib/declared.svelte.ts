// What the tasks of a connector class report, as the class declares it: asked for once, when a screen first shows it.
import { SvelteMap } from 'svelte/reactivity';
import { rest } from '../api/rest';
import type { Metric } from '../api/types';

const known = new SvelteMap<string, Metric[]>();
const asked = new Set<string>();

/** Of `plugin`, a class name; none until the worker has answered. */
export function metricsOf(plugin: string): Metric[] {
  if (plugin !== '' && !asked.has(plugin)) {
    asked.add(plugin);
    rest.pluginMetrics(plugin).then(
      (metrics) => known.set(plugin, metrics),
      // The next screen asks again; without it there are fewer plots, and nothing else.
      () => asked.delete(plugin),
    );
  }
  return known.get(plugin) ?? [];
}

// A set of connectors as PUT /connectors takes it: what is saved here can be applied to this worker or to another.
import type { Config, Expanded } from '../api/types';

const sorted = (config: Config): Config =>
  Object.fromEntries(Object.entries(config).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** As JSON, in the order of names and keys, so that two sets can be compared line by line. A name says itself. */
export function configSetOf(connectors: Record<string, Expanded>, names: string[]): string {
  const set = names
    .toSorted((a, b) => (a < b ? -1 : 1))
    .flatMap((name) => {
      const { name: _, ...config } = connectors[name]?.info.config ?? {};
      return connectors[name] ? [[name, sorted(config as Config)] as const] : [];
    });
  return `${JSON.stringify(Object.fromEntries(set), null, 2)}\n`;
}

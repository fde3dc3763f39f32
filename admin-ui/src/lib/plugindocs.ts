import type { Definition } from '../api/types';

/** The keys of a plugin by their groups, both in the plugin's order; those of no group at the end. */
export function groupsOf(keys: Definition[]): { group: string; keys: Definition[] }[] {
  const groups = new Map<string, Definition[]>();
  for (const key of keys) {
    const group = key.group || 'Other';
    groups.set(group, [...(groups.get(group) ?? []), key]);
  }
  return [...groups]
    .map(([group, own]) => ({ group, keys: own.toSorted((a, b) => a.order_in_group - b.order_in_group) }))
    .toSorted((a, b) => Number(a.group === 'Other') - Number(b.group === 'Other'));
}

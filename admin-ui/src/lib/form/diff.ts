import type { Config, Definition } from '../../api/types';

export interface Change {
  key: string;
  kind: 'added' | 'changed' | 'removed';
  before: string | null;
  after: string | null;
  /** The default that holds where the key is not set; null: there is none. */
  fallback: string | null;
}

export function diff(before: Config, after: Config, definitions: Definition[]): Change[] {
  const fallback = new Map(definitions.map((d) => [d.name, d.default_value]));
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const changes: Change[] = [];
  for (const key of keys) {
    const [was, is] = [before[key], after[key]];
    if (was === is) continue;
    const kind = was === undefined ? 'added' : is === undefined ? 'removed' : 'changed';
    changes.push({ key, kind, before: was ?? null, after: is ?? null, fallback: fallback.get(key) ?? null });
  }
  return changes;
}

export interface Conflict {
  key: string;
  base: string | null;
  mine: string | null;
  theirs: string | null;
}
export interface Merge {
  merged: Config;
  conflicts: Conflict[];
  theirs: Change[];
}

/** Three-way: someone else has saved since `base` was loaded. Where both changed a key differently, `mine` stays for now. */
export function merge(base: Config, mine: Config, theirs: Config): Merge {
  const merged: Config = {};
  const conflicts: Conflict[] = [];
  for (const key of [...new Set([...Object.keys(base), ...Object.keys(mine), ...Object.keys(theirs)])]) {
    const [b, m, t] = [base[key], mine[key], theirs[key]];
    const value = m === b ? t : m;
    if (value !== undefined) merged[key] = value;
    if (m !== b && t !== b && m !== t) conflicts.push({ key, base: b ?? null, mine: m ?? null, theirs: t ?? null });
  }
  return { merged, conflicts, theirs: diff(base, theirs, []) };
}

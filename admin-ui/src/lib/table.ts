// The connector list: filters and sorting, as the URL says them.
import { rank, type Vitals } from './vitals';

export type SortKey = 'state' | 'name' | 'plugin' | 'type' | 'topic' | 'tasks' | 'fps' | 'lag';
export interface ListRow {
  vitals: Vitals;
  state: string;
  topics: string[];
}
export interface ListFilter {
  text: string;
  state: string;
  type: string;
  plugin: string;
}

export function matches(row: ListRow, filter: ListFilter): boolean {
  const text = filter.text.trim().toLowerCase();
  if (filter.state && !stateMatches(row, filter.state)) return false;
  if (filter.type && row.vitals.type !== filter.type) return false;
  if (filter.plugin && row.vitals.pluginClass !== filter.plugin) return false;
  return (
    text === '' ||
    [row.vitals.name, row.vitals.pluginClass, ...row.topics].some((part) => part.toLowerCase().includes(text))
  );
}

/** A connector with a failed task counts as failed, whatever its own state says. */
function stateMatches(row: ListRow, state: string): boolean {
  if (state === 'FAILED') return row.vitals.severity === 'failed';
  return row.state === state && row.vitals.severity !== 'failed';
}

const compare: Record<SortKey, (a: ListRow, b: ListRow) => number> = {
  state: (a, b) => rank(a.vitals.severity) - rank(b.vitals.severity),
  name: (a, b) => a.vitals.name.localeCompare(b.vitals.name, undefined, { numeric: true }),
  plugin: (a, b) => a.vitals.pluginClass.localeCompare(b.vitals.pluginClass),
  type: (a, b) => b.vitals.type.localeCompare(a.vitals.type),
  topic: (a, b) => (a.topics[0] ?? '').localeCompare(b.topics[0] ?? ''),
  tasks: (a, b) => a.vitals.tasksRunning / (a.vitals.tasks || 1) - b.vitals.tasksRunning / (b.vitals.tasks || 1),
  fps: (a, b) => (b.vitals.fps ?? -1) - (a.vitals.fps ?? -1),
  lag: (a, b) => (b.vitals.lagFrames ?? -1) - (a.vitals.lagFrames ?? -1),
};

export const sortKeys = Object.keys(compare) as SortKey[];

export function arranged(rows: ListRow[], filter: ListFilter, sort: SortKey, descending: boolean): ListRow[] {
  const direction = descending ? -1 : 1;
  return rows
    .filter((row) => matches(row, filter))
    .sort((a, b) => direction * compare[sort](a, b) || compare.name(a, b));
}

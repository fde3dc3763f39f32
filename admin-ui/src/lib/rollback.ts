// A connector's history, and how its config was behind one of its changes.
import type { Config, ConnectorChange } from '../api/types';

/** What stands in a history for the value of a password. */
export const hiddenValue = '[hidden]';

export const actionNames: Record<ConnectorChange['action'], string> = {
  CREATED: 'Created',
  CHANGED: 'Changed',
  RUNNING: 'Resumed',
  PAUSED: 'Paused',
  STOPPED: 'Stopped',
  RESTARTED: 'Restarted',
  OFFSETS_ALTERED: 'Offsets set',
  OFFSETS_RESET: 'Offsets reset',
  DELETED: 'Deleted',
};

export interface Rollback {
  config: Config;
  /** Passwords that have changed since: what they were is kept nowhere, so they stay as they are. */
  kept: string[];
}

const setsConfig = (change: ConnectorChange) => change.action === 'CREATED' || change.action === 'CHANGED';

/** `current` as it was behind `history[index]` (oldest first): all that has come since is undone. */
export function configBehind(current: Config, history: ConnectorChange[], index: number): Rollback {
  const config: Config = { ...current };
  const kept = new Set<string>();
  for (const change of history.slice(index + 1).reverse()) {
    for (const [key, { from, to }] of Object.entries(change.changes)) {
      if (from === hiddenValue || to === hiddenValue) {
        if (config[key] !== undefined || from !== null) kept.add(key);
      } else if (from === null) delete config[key];
      else config[key] = from;
    }
  }
  return { config, kept: [...kept].sort() };
}

/** Which of `history` (oldest first) can be gone back to: those of its config since it was last created, but for the newest. */
export function wayBack(history: ConnectorChange[]): Set<number> {
  const created = history.findLastIndex((change) => change.action === 'CREATED' || change.action === 'DELETED');
  const all = history.flatMap((change, i) => (i >= created && setsConfig(change) ? [i] : []));
  return new Set(all.slice(0, -1));
}

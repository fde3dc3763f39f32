// Unsaved edits outlive a reload, in this tab only. Secrets are never kept.
import type { Config } from '../../api/types';

const prefix = 'framespool.draft.';

export function withoutSecrets(config: Config, secrets: Set<string>): Config {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !secrets.has(key)));
}

export function storeDraft(
  key: string,
  config: Config | null,
  secrets: Set<string>,
  storage: Storage = sessionStorage,
): void {
  try {
    if (config === null) storage.removeItem(prefix + key);
    else storage.setItem(prefix + key, JSON.stringify(withoutSecrets(config, secrets)));
  } catch {
    // No room, or no storage: then there is no draft.
  }
}

export function loadDraft(key: string, storage: Storage = sessionStorage): Config | null {
  try {
    const text = storage.getItem(prefix + key);
    return text === null ? null : (JSON.parse(text) as Config);
  } catch {
    return null;
  }
}

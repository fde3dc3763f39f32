// What the worker warned of when it took a config, until it is dismissed or the config is changed.
import type { Warning } from '../api/types';

class Notices {
  private all = $state.raw<Map<string, Warning[]>>(new Map());

  of(connector: string): Warning[] {
    return this.all.get(connector) ?? [];
  }

  /** In place of what there was of `connector`. */
  keep(connector: string, warnings: Warning[]): void {
    const next = new Map(this.all);
    if (warnings.length > 0) next.set(connector, warnings);
    else next.delete(connector);
    this.all = next;
  }
}

export const notices = new Notices();

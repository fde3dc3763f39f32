// What the user has set going, shown on the object itself until it has settled.
import { ApiError, send, type Call } from '../api/client';
import { settle, words, type Action, type Verb } from './settling';
import { store } from './store.svelte';

const lingerMs = 4000;

class Actions {
  private all = $state.raw<Action[]>([]);
  private lastId = 0;

  constructor() {
    store.onUpdate(() => this.look());
  }

  /** The newest action on a connector, while it is worth showing. */
  of(connector: string): Action | undefined {
    return this.all.findLast((action) => action.connector === connector);
  }

  isBusy(connector: string): boolean {
    const phase = this.of(connector)?.phase;
    return phase === 'sending' || phase === 'settling';
  }

  dismiss(id: number): void {
    this.all = this.all.filter((action) => action.id !== id);
  }

  /** Sends `call` and watches until the connector has arrived. Resolves to whether the worker took it. */
  async run(
    connector: string,
    verb: Verb,
    call: Call,
    goal: Action['goal'],
    label: string = words[verb].doing,
  ): Promise<boolean> {
    const id = ++this.lastId;
    const action: Action = {
      id,
      connector,
      verb,
      label,
      started: Date.now(),
      phase: 'sending',
      message: '',
      goal,
      ended: null,
    };
    this.all = [...this.all.filter((other) => other.connector !== connector), action];
    try {
      await send(call);
      this.change(id, (now) => ({ ...now, phase: 'settling', started: Date.now() }));
      store.refresh();
      return true;
    } catch (error) {
      const message = error instanceof ApiError ? error.message : String(error);
      this.change(id, (now) => ({ ...now, phase: 'failed', message, ended: Date.now() }));
      return false;
    }
  }

  private change(id: number, how: (action: Action) => Action): void {
    this.all = this.all.map((action) => (action.id === id ? how(action) : action));
  }

  private look(): void {
    if (this.all.length === 0) return;
    const now = Date.now();
    this.all = this.all
      // An answer that was under way when the action was sent tells nothing of it.
      .map((action) =>
        now - action.started < 250 ? action : settle(action, store.connectors[action.connector]?.status, now),
      )
      .filter((action) => action.phase !== 'done' || now - (action.ended ?? now) < lingerMs);
    if (this.all.some((action) => action.phase === 'settling')) setTimeout(() => store.refresh(), 300);
  }
}

export const actions = new Actions();

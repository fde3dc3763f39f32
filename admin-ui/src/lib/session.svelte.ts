// Who the worker takes this browser for, and what that one may. A worker without users lets everybody do everything.
import { ApiError, whenUnknown } from '../api/client';
import { rest } from '../api/rest';
import type { Caller } from '../api/types';

export type Role = Caller['role'];
const order: Role[] = ['viewer', 'operator', 'admin'];

/** Whether who is `role` may do what needs `needed`. */
export const reaches = (role: Role, needed: Role): boolean => order.indexOf(role) >= order.indexOf(needed);

/** To the other tabs of this browser: one log-in is theirs as well. */
const channel = 'framespool.session';

class Session {
  /** Null: not asked yet, or the worker does not know who this is. */
  caller = $state.raw<Caller | null>(null);
  /** The worker wants to know who this is. */
  wanted = $state(false);
  private tabs: BroadcastChannel | null = null;

  readonly role: Role = $derived(this.caller?.role ?? 'admin');
  readonly user: string | null = $derived(this.caller?.user ?? null);

  may(needed: Role): boolean {
    return reaches(this.role, needed);
  }

  async start(): Promise<void> {
    whenUnknown(() => {
      this.caller = null;
      this.wanted = true;
    });
    this.tabs = new BroadcastChannel(channel);
    this.tabs.onmessage = () => {
      if (this.wanted) void this.ask();
    };
    await this.ask();
  }

  private async ask(): Promise<void> {
    try {
      this.take(await rest.session());
    } catch {
      // It is unknown to the worker, which has been told; or the worker is not there, and that the page says itself.
    }
  }

  /** Why it did not work; empty: it did. */
  async logIn(user: string, password: string): Promise<string> {
    try {
      this.take(await rest.logIn(user, password));
      this.tabs?.postMessage('logged in');
      return '';
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status === 401) return 'The user or the password is wrong.';
      if (error.status === 429) return error.message;
      return error.status === 400 ? 'No user is called so.' : error.message;
    }
  }

  async logOut(): Promise<void> {
    await rest.logOut().catch(() => undefined);
    // Nothing of what this one has seen is to stay for the next.
    location.reload();
  }

  private take(caller: Caller): void {
    this.caller = caller;
    this.wanted = false;
  }
}

export const session = new Session();

/** How to fetch from a sink: the log-in counts there too, on the same host and whatever port. */
export const credentialsFor = (url: string): RequestCredentials =>
  session.user !== null && new URL(url).hostname === location.hostname ? 'include' : 'same-origin';

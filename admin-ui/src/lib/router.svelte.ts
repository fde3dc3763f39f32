import { formatRoute, parseRoute, type Route } from './route';

class Router {
  current = $state.raw<Route>(parseRoute(''));
  /** Asked before leaving; a screen with unsaved edits sets it. Returns whether it may be left. */
  guard: (() => Promise<boolean>) | null = null;
  private shown = '';

  start(): () => void {
    const changed = async () => {
      if (location.hash === this.shown) return;
      const next = parseRoute(location.hash);
      if (this.guard && !sameScreen(next, this.current)) {
        const wanted = location.hash;
        history.replaceState(null, '', this.shown || '#/');
        if (!(await this.guard())) return;
        this.guard = null;
        location.hash = wanted;
        return;
      }
      this.show(next);
    };
    addEventListener('hashchange', changed);
    this.show(parseRoute(location.hash));
    return () => removeEventListener('hashchange', changed);
  }

  go(hash: string): void {
    location.hash = hash;
  }

  /** Changes the query of where we are; `push` makes a step for Back. */
  query(change: Record<string, string | undefined>, push = false): void {
    // Somebody is on his way to another place, and hashchange has not said so yet.
    if (location.hash !== this.shown) return;
    const hash = formatRoute({ ...this.current, query: { ...this.current.query, ...change } });
    if (hash === location.hash) return;
    if (push) location.hash = hash;
    else {
      history.replaceState(null, '', hash);
      this.show(parseRoute(hash));
    }
  }

  private show(route: Route): void {
    this.shown = location.hash;
    this.current = route;
  }
}

const sameScreen = (a: Route, b: Route) =>
  a.place === b.place &&
  a.segments.join('/') === b.segments.join('/') &&
  Boolean(a.query['create']) === Boolean(b.query['create']);

export const router = new Router();

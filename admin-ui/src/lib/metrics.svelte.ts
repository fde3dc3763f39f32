// The worker's metrics history, fetched while a screen shows it.
import { rest } from '../api/rest';
import type { History } from '../api/types';
import { resolutionOf, type Range } from './history';

/** Call inside a component: polls until it goes away. `connector` undefined: all. */
export function watchHistory(range: () => Range, connector?: () => string | undefined) {
  let history = $state.raw<History | null>(null);
  let error = $state.raw<unknown>(null);
  $effect(() => {
    const resolution = resolutionOf(range());
    const name = connector?.();
    let stopped = false;
    let timer: ReturnType<typeof setTimeout>;
    const load = async () => {
      if (!document.hidden) {
        try {
          const answer = await rest.history(resolution, name);
          if (!stopped) {
            history = answer;
            error = null;
          }
        } catch (problem) {
          if (!stopped) error = problem;
        }
      }
      if (!stopped) timer = setTimeout(() => void load(), resolution === '1s' ? 3000 : 20_000);
    };
    void load();
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  });
  return {
    get history() {
      return history;
    },
    get error() {
      return error;
    },
  };
}

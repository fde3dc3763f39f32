// Whether the worker answers, as a state machine: what to show, and when to ask again.

export type Link =
  | { state: 'connecting' }
  | { state: 'online'; since: number }
  | { state: 'lost'; since: number; lastSeen: number | null; attempt: number; retryAt: number };

const steps = [500, 1000, 2000, 4000, 8000];

/** How long to wait before try `attempt` (from 1); `jitter` is 0…1. */
export function backoff(attempt: number, jitter = Math.random()): number {
  const base = steps[Math.min(attempt, steps.length) - 1] ?? steps[0]!;
  return Math.round(base * (0.8 + 0.4 * jitter));
}

export function answered(link: Link, now: number): Link {
  return link.state === 'online' ? link : { state: 'online', since: now };
}

/** One lost answer is a hiccup that the next one may mend: the banner comes with the second. */
export function unanswered(link: Link, now: number, lastSeen: number | null, jitter?: number): Link {
  const attempt = link.state === 'lost' ? link.attempt + 1 : 1;
  return {
    state: 'lost',
    since: link.state === 'lost' ? link.since : now,
    lastSeen,
    attempt,
    retryAt: now + backoff(attempt, jitter),
  };
}

export function showsBanner(link: Link): boolean {
  return link.state === 'lost' && (link.attempt > 1 || link.lastSeen === null);
}

export function secondsToRetry(link: Link, now: number): number {
  return link.state === 'lost' ? Math.max(0, Math.ceil((link.retryAt - now) / 1000)) : 0;
}

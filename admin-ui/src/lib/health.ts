// What is wrong with parts of the worker while the rest of it works, as GET /health tells it.
import type { Health, Trouble } from '../api/types';

/** When it began, ms since the epoch; null: not told. */
export function sinceOf({ since }: Trouble): number | null {
  const time = typeof since === 'number' ? since : typeof since === 'string' ? Date.parse(since) : NaN;
  return Number.isFinite(time) && time > 0 ? time : null;
}

export const problemsOf = (health: Health | null): Trouble[] => health?.problems ?? [];

const ofTopic = (problem: Trouble, name: string) =>
  (/topic|partition/i.test(problem.kind) && (problem.subject === name || problem.subject.startsWith(`${name}/`))) || problem.subject === `topic ${name}`;

export const problemsOfTopic = (health: Health | null, name: string): Trouble[] => problemsOf(health).filter((problem) => ofTopic(problem, name));

/** Topics that the worker cannot list, since it cannot open them. */
export function lostTopics(health: Health | null, known: string[]): { name: string; problem: Trouble }[] {
  const found = new Map<string, Trouble>();
  for (const problem of problemsOf(health)) {
    const named = /^topic (.+)$/.exec(problem.subject)?.[1] ?? (/topic/i.test(problem.kind) ? problem.subject : '');
    if (named !== '' && !known.some((name) => ofTopic(problem, name)) && !found.has(named)) found.set(named, problem);
  }
  return [...found].map(([name, problem]) => ({ name, problem }));
}

export interface Alarm {
  title: string;
  text: string;
}

/** What the head of every screen says of the worker's health; null: nothing. */
export function alarmOf(health: Health | null): Alarm | null {
  const problems = problemsOf(health);
  const first = problems[0];
  if (first) return { title: `${first.subject}:`, text: first.message + (problems.length > 1 ? ` And ${problems.length - 1} more.` : '') };
  if (health && health.status !== 'healthy') return { title: health.status === 'starting' ? 'The worker is starting.' : 'The worker is not well.', text: health.message };
  return null;
}

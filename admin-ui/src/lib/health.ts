// What is wrong with parts of the worker while the rest of it works, as GET /health tells it.
import type { Health, StandingProblem as Problem } from '../api/types';

export const problemsOf = (health: Health | null): Problem[] => health?.problems ?? [];

const topicOf = ({ subject }: Problem): string | null =>
  subject.startsWith('topic ') ? subject.slice('topic '.length) : null;

export const problemsOfTopic = (health: Health | null, name: string): Problem[] =>
  problemsOf(health).filter((problem) => topicOf(problem) === name);

/** Topics that the worker cannot list, since it cannot open them. */
export function lostTopics(health: Health | null, known: string[]): { name: string; problem: Problem }[] {
  const found = new Map<string, Problem>();
  for (const problem of problemsOf(health)) {
    const name = topicOf(problem);
    if (name !== null && !known.includes(name) && !found.has(name)) found.set(name, problem);
  }
  return [...found].map(([name, problem]) => ({ name, problem }));
}

export interface Alarm {
  title: string;
  text: string;
}

/** `message` behind `subject`, said once: many messages begin with what they are about. */
function told({ subject, message }: Problem): Alarm {
  const again = message.startsWith(`${subject} `) || message.startsWith(`${subject}: `);
  return again
    ? { title: subject, text: message.slice(subject.length).replace(/^[:\s]+/, '') }
    : { title: `${subject}:`, text: message };
}

/** What the head of every screen says of the worker's health; null: nothing. */
export function alarmOf(health: Health | null): Alarm | null {
  const problems = problemsOf(health);
  const first = problems[0];
  if (first) {
    const { title, text } = told(first);
    return { title, text: text + (problems.length > 1 ? ` And ${problems.length - 1} more.` : '') };
  }
  if (health && health.status !== 'healthy')
    return {
      title: health.status === 'starting' ? 'The worker is starting.' : 'The worker is not well.',
      text: health.message,
    };
  return null;
}

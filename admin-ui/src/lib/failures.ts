// From the problems of a task to plain words and the likely fix: by their kind, their field and their facts, never by
// their words. A kind that no line here knows is told in its own words, with its field as the fix where it has one.
import type { ConnectorStatus, Metrics, Problem } from '../api/types';
import { duration } from './format';

export type Fix =
  | { kind: 'edit'; field: string; label: string }
  | { kind: 'restart'; label: string }
  /** Leaves out what cannot be taken, by errors.tolerance = all. */
  | { kind: 'skip'; label: string }
  | { kind: 'worker'; label: string };

export interface Explained {
  /** One sentence that says what is wrong, whole. */
  title: string;
  /** The worker's own words, whole; empty where the title says as much. */
  detail: string;
  fixes: Fix[];
}

type Facts = NonNullable<Problem['facts']>;

interface Known {
  title: string | ((facts: Facts) => string);
  /** A fact with the keys that may mend it, the likeliest first; without them it is the problem's own field. */
  keys?: string;
  label?: string;
  /** Records are what is wrong: the rest can go on without them. */
  skips?: boolean;
  /** It is the worker's, or its broker's. */
  worker?: boolean;
}

const known: Record<string, Known> = {
  'not-an-image': { title: 'A record of the topic is no picture.', skips: true },
  'record-rejected': { title: 'A record of the topic cannot be used.', skips: true },
  'record-refused': { title: 'The topic does not take a record.', skips: true },
  'record-too-large': {
    title: 'A frame is larger than the topic takes.',
    keys: 'smaller_by',
    label: 'Make frames smaller',
    skips: true,
  },
  'port-in-use': {
    title: ({ port }) => (port === undefined ? 'The port is already in use.' : `Port ${port} is already in use.`),
    label: 'Edit port',
  },
  'path-in-use': { title: ({ path }) => `The path ${path ?? ''} is taken by another sink.`, label: 'Edit path' },
  'file-not-found': { title: 'The file is not there any more.' },
  'file-unreadable': { title: 'The worker may not read it.' },
  'disk-full': { title: 'The disk is full: the worker refuses to write.', worker: true },
  'broker-unreachable': { title: 'The broker cannot be reached.', worker: true },
  'broker-refused': { title: 'The broker refuses it.', worker: true },
  'plugin-refused': { title: 'The plugin cannot be loaded.', worker: true },
  'no-such-plugin': { title: 'The worker has no such plugin.', worker: true },
  'no-file-descriptors': { title: 'The worker can open no more files.', worker: true },
};

const longestTitle = 200;

/** What a problem says, with its field in front where it has one. */
export function spokenProblem({ field, message }: Pick<Problem, 'field' | 'message'>): string {
  return field ? `${field} ${message}` : message;
}

/** The problems of what has failed, the connector's own before the tasks'. A worker that tells none has its trace. */
export function problemsOfStatus(status: Pick<ConnectorStatus, 'connector' | 'tasks'>): Problem[] {
  const parts = [status.connector, ...status.tasks].filter((part) => part.problems || part.trace);
  return parts.slice(0, 1).flatMap(problemsOfPart);
}

export function problemsOfPart(part: { problems?: Problem[]; trace?: string }): Problem[] {
  if (part.problems) return part.problems;
  const line = firstLine(part.trace ?? '');
  return line === '' ? [] : [{ kind: 'unexpected-error', message: line }];
}

/** Why it failed, in a line; empty when nothing failed. */
export function reasonOf(problems: Problem[]): string {
  return problems.map(spokenProblem).join('; ');
}

export function firstLine(text: string): string {
  return (
    text
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? ''
  );
}

export function explain(
  problems: Problem[],
  configKeys: string[],
  failedTask: number | null,
  tolerance = 'none',
): Explained {
  const restart: Fix = { kind: 'restart', label: failedTask === null ? 'Restart connector' : 'Restart task' };
  const main = problems.find((problem) => known[problem.kind]) ?? problems[0];
  if (!main) return { title: 'It failed and left no trace.', detail: '', fixes: [restart] };
  const entry = known[main.kind];
  const fixes: Fix[] = [];
  const keys = entry?.keys === undefined ? [] : String(main.facts?.[entry.keys] ?? '').split(', ');
  const field = keys.find((key) => configKeys.includes(key)) ?? main.field;
  if (field) fixes.push({ kind: 'edit', field, label: entry?.label ?? `Edit ${field}` });
  if (entry?.skips && tolerance !== 'all') fixes.unshift({ kind: 'skip', label: 'Skip such records' });
  if (entry?.worker) fixes.push({ kind: 'worker', label: 'Look at the worker' });
  fixes.push(restart);
  const said = sentence(reasonOf(problems));
  if (entry) {
    const title = typeof entry.title === 'string' ? entry.title : entry.title(main.facts ?? {});
    return { title, detail: said === title ? '' : said, fixes };
  }
  return said.length > longestTitle ? { title: 'It failed.', detail: said, fixes } : { title: said, detail: '', fixes };
}

/** A text as a sentence: a capital in front and a stop at its end. */
export function sentence(text: string): string {
  const whole = text.trim();
  if (whole === '') return '';
  return whole[0]!.toUpperCase() + whole.slice(1) + (['.', '!', '?', '…'].includes(whole.at(-1)!) ? '' : '.');
}

/** What the worker does by itself about a task that has failed (restart.policy), as `metrics` tell it; empty: nothing. */
export function restartsOf(metrics: Metrics, now: number): string {
  const made = Number(metrics['restarts'] ?? 0);
  const next = Number(metrics['next_restart_ms'] ?? 0);
  const parts = [];
  if (made > 0) parts.push(`restarted by itself ${made}×`);
  if (next > 0) parts.push(next > now ? `restarts in ${duration(next - now)}` : 'restarts now');
  return parts.join(', ');
}

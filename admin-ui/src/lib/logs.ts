import type { LogEntry } from '../api/types';

export const keptLines = 5000;
export const levels = ['trace', 'debug', 'info', 'warn', 'error'] as const;

/** `old` and what has come, the newest `keptLines` of them, none twice. */
export function kept(old: LogEntry[], come: LogEntry[]): LogEntry[] {
  const last = old.at(-1)?.seq ?? -1;
  return [...old, ...come.filter((entry) => entry.seq > last)].slice(-keptLines);
}

export function asText(entries: LogEntry[]): string {
  return entries
    .map((e) => `${new Date(e.time).toISOString()} ${e.level.toUpperCase()} ${e.logger}: ${e.message}\n`)
    .join('');
}

const serious = new Set(['ERROR', 'CRITICAL']);

/** What waits while the log is not followed: "Paused · 12 new lines, 2 of them errors". */
export function waitingWords(held: LogEntry[]): string {
  const lines = held.length;
  const errors = held.filter((entry) => serious.has(entry.level.toUpperCase())).length;
  if (lines === 0) return 'Paused · no new line';
  const many = lines >= keptLines ? `${keptLines} new lines or more` : `${lines} new ${lines === 1 ? 'line' : 'lines'}`;
  const bad =
    errors === 0
      ? ''
      : errors === lines
        ? lines === 1
          ? ', an error'
          : ', all errors'
        : `, ${errors} of them ${errors === 1 ? 'an error' : 'errors'}`;
  return `Paused · ${many}${bad}`;
}

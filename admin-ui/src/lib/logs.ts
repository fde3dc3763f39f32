import type { LogEntry } from '../api/types';

export const keptLines = 5000;
export const levels = ['trace', 'debug', 'info', 'warn', 'error'] as const;

/** `old` and what has come, the newest `keptLines` of them, none twice. */
export function kept(old: LogEntry[], come: LogEntry[]): LogEntry[] {
  const last = old.at(-1)?.seq ?? -1;
  return [...old, ...come.filter((entry) => entry.seq > last)].slice(-keptLines);
}

export function asText(entries: LogEntry[]): string {
  return entries.map((e) => `${new Date(e.time).toISOString()} ${e.level.toUpperCase()} ${e.logger}: ${e.message}\n`).join('');
}

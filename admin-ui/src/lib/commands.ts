import type { Caller } from '../api/types';

export interface Command {
  label: string;
  /** Whose it is; nothing: everybody's. */
  needs?: Caller['role'];
  hint: string;
  run: () => void;
}

/** Commands that hold every word of `text`; those whose label begins with it first. */
export function found<T extends { label: string; hint: string }>(commands: T[], text: string): T[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const whole = words.join(' ');
  const score = (command: T) => {
    const label = command.label.toLowerCase();
    if (label === whole) return 0;
    return label.startsWith(whole) ? 1 : 2;
  };
  return commands
    .filter((command) => words.every((word) => `${command.label} ${command.hint}`.toLowerCase().includes(word)))
    .map((command, i) => ({ command, i }))
    .sort((a, b) => score(a.command) - score(b.command) || a.i - b.i)
    .map(({ command }) => command);
}

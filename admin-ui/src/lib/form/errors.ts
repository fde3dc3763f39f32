// Errors come in two shapes: by field from validate, and as one message from a refused create. Both end at their field,
// and what belongs to no field goes to the summary; nothing is swallowed.
import type { Validation, Warning } from '../../api/types';

export interface Problem {
  /** null: belongs to no field. */
  field: string | null;
  message: string;
}

const sentence = (text: string) => {
  const trimmed = text.trim();
  return trimmed === '' ? '' : trimmed[0]!.toUpperCase() + trimmed.slice(1) + (/[.!?]$/.test(trimmed) ? '' : '.');
};

export function problemsOf(validation: Validation): Problem[] {
  return validation.configs.flatMap(({ definition, value }) =>
    value.errors.map((message) => ({ field: definition.name, message: sentence(withoutKey(message, definition.name)) })),
  );
}

function withoutKey(message: string, key: string): string {
  return message.startsWith(`${key} `) ? message.slice(key.length + 1) : message;
}

/** A refusal's message: the lines that begin with a known key are that key's. */
export function problemsOfRefusal(message: string, keys: string[]): Problem[] {
  const lines = message
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^Connector configuration is invalid/.test(line) && !/^You can also find the above/.test(line));
  const longestFirst = [...keys].sort((a, b) => b.length - a.length);
  return lines.map((line) => {
    const key = longestFirst.find((candidate) => line.startsWith(`${candidate} `) || line.startsWith(`${candidate}: `));
    const text = key ? line.slice(key.length).replace(/^:?\s+/, '') : line;
    return { field: key ?? null, message: sentence(text) };
  });
}

export interface QuickFix {
  label: string;
  /** undefined: unset the key. */
  value: string | undefined;
}

/** The one-click ways out that a message itself tells. */
export function quickFixes(message: string, defaultValue: string | null): QuickFix[] {
  const fixes: QuickFix[] = [];
  const use = (value: string) => fixes.push({ label: `Use ${value}`, value });
  const range = /between (-?[\d.]+) and (-?[\d.]+), but is "([^"]*)"/.exec(message);
  const least = /at least (-?[\d.]+), but is "([^"]*)"/.exec(message);
  const most = /at most (-?[\d.]+), but is "([^"]*)"/.exec(message);
  const choices = /one of ([^"]+), but is "/.exec(message);
  const clean = (text: string) => text.replace(/\.$/, '');
  if (range) {
    const found = Number(range[3]);
    use(clean(Number.isFinite(found) && range[3] !== '' && found < Number(range[1]) ? range[1]! : range[2]!));
  } else if (least) {
    use(clean(least[1]!));
  } else if (most) {
    use(clean(most[1]!));
  } else if (choices) {
    choices[1]!.split(',').map((choice) => choice.trim()).slice(0, 4).forEach(use);
  } else if (/must be true or false/i.test(message)) {
    use('true');
    use('false');
  }
  if (defaultValue !== null && defaultValue !== '' && !fixes.some((fix) => fix.value === defaultValue)) {
    fixes.push({ label: `Back to default ${defaultValue}`, value: undefined });
  }
  return fixes;
}

/** The warnings of an answer, as whole sentences; those of keys that are not in `config` any more are over. */
export function warningsOf(answer: { warnings?: Warning[] } | null | undefined, config: Record<string, string>): Warning[] {
  return (answer?.warnings ?? [])
    .filter((warning) => config[warning.field] !== undefined)
    .map((warning) => ({ ...warning, message: sentence(withoutKey(warning.message, warning.field)) }));
}

/** The config with `key` called `right`, in its place; a value that `right` has already stays. */
export function renamed(config: Record<string, string>, key: string, right: string): Record<string, string> {
  const entries = Object.entries(config).filter(([name]) => name !== key || config[right] === undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name === key ? right : name, value]));
}

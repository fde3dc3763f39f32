// What is wrong with a config, from validate and from a refused save: both tell problems, and each ends at its field. What
// belongs to no field goes to the summary; nothing is swallowed.
import type { Problem, Validation, Warning } from '../../api/types';
import { sentence } from '../failures';

export interface FieldProblem {
  /** null: belongs to no field. */
  field: string | null;
  kind: string;
  message: string;
  facts: NonNullable<Problem['facts']>;
}

function told(problem: Problem): FieldProblem {
  return {
    field: problem.field ?? null,
    kind: problem.kind,
    message: sentence(problem.message),
    facts: problem.facts ?? {},
  };
}

export function problemsOf(validation: Validation): FieldProblem[] {
  if (validation.problems) return validation.problems.map(told);
  // Another worker than this one's: it has sentences only.
  return validation.configs.flatMap(({ definition, value }) =>
    value.errors.map((message) => told({ kind: '', field: definition.name, message })),
  );
}

/** A refusal's problems; one of a worker that tells none is its message. */
export function problemsOfRefusal(error: { message: string; problems: Problem[] }): FieldProblem[] {
  return error.problems.length > 0 ? error.problems.map(told) : [told({ kind: '', message: error.message })];
}

export interface QuickFix {
  label: string;
  /** undefined: unset the key. */
  value: string | undefined;
}

/** The one-click ways out of a problem, by its kind and facts. `choices`: the values that the key may have. */
export function quickFixes(
  { kind, facts }: Pick<FieldProblem, 'kind' | 'facts'>,
  choices: string[],
  defaultValue: string | null,
): QuickFix[] {
  const fixes: QuickFix[] = [];
  const use = (value: string) => fixes.push({ label: `Use ${value}`, value });
  const { min, max, value } = facts;
  if (kind === 'out-of-range' || kind === 'wrong-type') {
    const found = value === '' || value === undefined ? NaN : Number(value);
    if (min !== undefined && (found < Number(min) || max === undefined)) use(String(min));
    else if (max !== undefined) use(String(max));
  }
  if (kind === 'not-allowed' || (kind === 'wrong-type' && choices.length > 0)) choices.slice(0, 4).forEach(use);
  if (defaultValue !== null && defaultValue !== '' && !fixes.some((fix) => fix.value === defaultValue)) {
    fixes.push({ label: `Back to default ${defaultValue}`, value: undefined });
  }
  return fixes;
}

/** The warnings of an answer, as whole sentences; those of keys that are not in `config` any more are over. */
export function warningsOf(
  answer: { warnings?: Warning[] } | null | undefined,
  config: Record<string, string>,
): Warning[] {
  return (answer?.warnings ?? [])
    .filter((warning) => config[warning.field] !== undefined)
    .map((warning) => ({ ...warning, message: sentence(warning.message) }));
}

/** The config with `key` called `right`, in its place; a value that `right` has already stays. */
export function renamed(config: Record<string, string>, key: string, right: string): Record<string, string> {
  const entries = Object.entries(config).filter(([name]) => name !== key || config[right] === undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name === key ? right : name, value]));
}

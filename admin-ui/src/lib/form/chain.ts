// The chain of a config: transforms in the order in which records pass them, and the predicates that choose for them.
import type { Config, Validation } from '../../api/types';
import { fieldOf, type Field } from './model';

export type PartKind = 'transforms' | 'predicates';

export interface Part {
  alias: string;
  type: string;
  /** The keys of its own, without type, predicate and negate. */
  fields: Field[];
}

export interface Stage extends Part {
  /** The alias of a predicate; empty: it is for every record. */
  predicate: string;
  negate: boolean;
}

export const keyOf = (kind: PartKind, alias: string, key: string) => `${kind}.${alias}.${key}`;

/** The names in `transforms` or `predicates`, each once, in order. */
export function aliasesOf(config: Config, kind: PartKind): string[] {
  const names = (config[kind] ?? '').split(',').map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ''))];
}

/** Whether `key` is shown by the chain's editor. */
export function isOfChain(key: string, config: Config): boolean {
  if (key === 'transforms' || key === 'predicates') return true;
  const kinds: PartKind[] = ['transforms', 'predicates'];
  return kinds.some((kind) => aliasesOf(config, kind).some((alias) => key.startsWith(keyOf(kind, alias, ''))));
}

/** What is left for the sections of the form. */
export function withoutChain(validation: Validation, config: Config): Validation {
  const configs = validation.configs.filter(({ definition }) => !isOfChain(definition.name, config));
  return { ...validation, configs };
}

const ofEachPart = new Set(['type', 'predicate', 'negate']);

function fieldsOf(kind: PartKind, alias: string, validation: Validation | null): Field[] {
  const prefix = keyOf(kind, alias, '');
  return (validation?.configs ?? [])
    .filter(({ definition }) => definition.name.startsWith(prefix))
    .filter(({ definition }) => !ofEachPart.has(definition.name.slice(prefix.length)))
    .sort((a, b) => a.definition.order_in_group - b.definition.order_in_group)
    .map(({ definition, value }) => fieldOf(definition, value));
}

export function stagesOf(config: Config, validation: Validation | null): Stage[] {
  return aliasesOf(config, 'transforms').map((alias) => ({
    alias,
    type: config[keyOf('transforms', alias, 'type')] ?? '',
    fields: fieldsOf('transforms', alias, validation),
    predicate: config[keyOf('transforms', alias, 'predicate')] ?? '',
    negate: config[keyOf('transforms', alias, 'negate')] === 'true',
  }));
}

export function predicatesOf(config: Config, validation: Validation | null): Part[] {
  return aliasesOf(config, 'predicates').map((alias) => ({
    alias,
    type: config[keyOf('predicates', alias, 'type')] ?? '',
    fields: fieldsOf('predicates', alias, validation),
  }));
}

function withAliases(config: Config, kind: PartKind, aliases: string[]): Config {
  if (aliases.length > 0) return { ...config, [kind]: aliases.join(',') };
  return Object.fromEntries(Object.entries(config).filter(([key]) => key !== kind));
}

/** The config with one more at the end, called as its class is. */
export function withPart(config: Config, kind: PartKind, type: string): Config {
  const aliases = aliasesOf(config, kind);
  const stem = type.slice(0, 1).toLowerCase() + type.slice(1);
  let alias = stem;
  for (let i = 2; aliases.includes(alias); ++i) alias = `${stem}${i}`;
  return { ...withAliases(config, kind, [...aliases, alias]), [keyOf(kind, alias, 'type')]: type };
}

/** Without it and its keys; no transform asks for a predicate that is gone. */
export function withoutPart(config: Config, kind: PartKind, alias: string): Config {
  const left = withAliases(
    config,
    kind,
    aliasesOf(config, kind).filter((each) => each !== alias),
  );
  const gone = new Set(Object.keys(left).filter((key) => key.startsWith(keyOf(kind, alias, ''))));
  if (kind === 'predicates') {
    for (const transform of aliasesOf(config, 'transforms')) {
      if (left[keyOf('transforms', transform, 'predicate')] !== alias) continue;
      gone.add(keyOf('transforms', transform, 'predicate')).add(keyOf('transforms', transform, 'negate'));
    }
  }
  return Object.fromEntries(Object.entries(left).filter(([key]) => !gone.has(key)));
}

/** With a transform that many places further down; at an end it stays. */
export function withMoved(config: Config, alias: string, by: number): Config {
  const aliases = aliasesOf(config, 'transforms');
  const from = aliases.indexOf(alias);
  const to = Math.max(0, Math.min(aliases.length - 1, from + by));
  aliases.splice(to, 0, ...aliases.splice(from, 1));
  return withAliases(config, 'transforms', aliases);
}

/** With another class; the keys of the one before go, those that every transform has stay. */
export function withType(config: Config, kind: PartKind, alias: string, type: string): Config {
  const prefix = keyOf(kind, alias, '');
  const kept = Object.entries(config).filter(
    ([key]) => !key.startsWith(prefix) || ofEachPart.has(key.slice(prefix.length)),
  );
  return { ...Object.fromEntries(kept), [`${prefix}type`]: type };
}

/** With a transform for the records that `predicate` names, or for all where it is empty. */
export function withPredicate(config: Config, alias: string, predicate: string): Config {
  const keys = [keyOf('transforms', alias, 'predicate'), keyOf('transforms', alias, 'negate')];
  if (predicate !== '') return { ...config, [keys[0]!]: predicate };
  return Object.fromEntries(Object.entries(config).filter(([key]) => !keys.includes(key)));
}

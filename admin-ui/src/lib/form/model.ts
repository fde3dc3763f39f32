// A form out of config definitions: a new connector gets its form with no change here.
import type { Config, Definition, FieldValue, Validation } from '../../api/types';

export type Widget = 'switch' | 'number' | 'password' | 'choice' | 'segments' | 'list' | 'text';
export interface Field {
  key: string;
  label: string;
  widget: Widget;
  columns: 2 | 3 | 6;
  required: boolean;
  help: string;
  moreHelp: string;
  unit: string;
  fallback: string | null;
  choices: string[];
  visible: boolean;
  /** Looks like a path: shown in the monospaced face. */
  mono: boolean;
}
export interface Section {
  id: string;
  title: string;
  fields: Field[];
  advanced: boolean;
}

/** The keys that the form shows by itself, above the sections. */
export const framed = new Set(['name', 'connector.class']);

const numbers = new Set(['INT', 'LONG', 'SHORT', 'DOUBLE', 'FLOAT']);

function widgetOf(definition: Definition, choices: string[]): Widget {
  if (definition.type === 'BOOLEAN') return 'switch';
  if (definition.type === 'PASSWORD') return 'password';
  if (choices.length > 0 && choices.length <= 3 && choices.join('').length <= 24) return 'segments';
  if (choices.length > 0) return 'choice';
  if (numbers.has(definition.type)) return 'number';
  return definition.type === 'LIST' ? 'list' : 'text';
}

function columnsOf(definition: Definition, widget: Widget): 2 | 3 | 6 {
  if (widget === 'switch' || widget === 'segments') return 3;
  if (widget === 'number' || definition.width === 'SHORT') return definition.width === 'LONG' ? 6 : 3;
  return definition.width === 'LONG' ? 6 : 3;
}

/** The first sentence is the help; the rest waits until it is asked for. */
export function splitHelp(text: string): [string, string] {
  const end = /(?<=\w{3})\.(?=\s)|[.:](?=\s+[A-Z0-9])/.exec(text);
  if (!end || text.length <= 90) return [text, ''];
  return [text.slice(0, end.index + 1), text.slice(end.index + 1).trim()];
}

const words = (key: string) => {
  const text = key.replaceAll(/[._-]+/g, ' ').trim();
  return text === '' ? key : text[0]!.toUpperCase() + text.slice(1);
};

export function fieldOf(definition: Definition, value: FieldValue | undefined): Field {
  const choices = (value?.recommended_values ?? []).filter((choice) => choice !== '');
  const widget = widgetOf(definition, choices);
  const [help, moreHelp] = splitHelp(definition.documentation);
  const ownName = definition.display_name !== '' && definition.display_name !== definition.name;
  return {
    key: definition.name,
    label: ownName ? definition.display_name : words(definition.name),
    widget,
    columns: columnsOf(definition, widget),
    required: definition.required,
    help,
    moreHelp,
    unit: definition.unit ?? unitOf(definition.name),
    fallback: definition.default_value,
    choices,
    visible: value?.visible ?? true,
    mono:
      /(^|\.)(file|path|dir|url|regex|topic|topics|class|host)$/.test(definition.name) || definition.width === 'LONG',
  };
}

function unitOf(name: string): string {
  return /[._](ms|bytes|seconds|kbytes)$/.exec(name)?.[1] ?? '';
}

/** A connector's definitions, and those of the parts that the config names: transforms, predicates, converters. */
export function definitionsOf(own: Definition[], validation: Validation | null): Definition[] {
  const known = new Set(own.map((definition) => definition.name));
  const ofParts = (validation?.configs ?? []).map((config) => config.definition);
  return [...own, ...ofParts.filter((definition) => !known.has(definition.name))];
}

const importance = (definition: Definition) =>
  definition.required ? 0 : definition.importance === 'HIGH' ? 1 : definition.importance === 'LOW' ? 3 : 2;

/** Connect's own keys come after the connector's, whatever their importance. */
const commonGroup = /^(Common|Error Handling|Transforms|Predicates|Topic Creation|Exactly Once Support)$/;
const worthShowing = new Set(['topics', 'tasks.max']);

/**
 * Sections in the order of the plugin's groups, the connector's own first; inside a section required, HIGH, MEDIUM, and
 * each by its order. LOW fields, and those of Connect's own groups that nobody has set, wait under Advanced.
 */
export function sectionsOf(validation: Validation, config: Config): Section[] {
  const own: Section[] = [];
  const advanced: Section = { id: 'advanced', title: 'Advanced', fields: [], advanced: true };
  const groups = new Map<string, { definition: Definition; field: Field }[]>();
  for (const { definition, value } of validation.configs) {
    if (framed.has(definition.name)) continue;
    const field = fieldOf(definition, value);
    const common = commonGroup.test(definition.group ?? '');
    const low = definition.importance === 'LOW' && !definition.required;
    const tucked = low || (common && !worthShowing.has(definition.name));
    if (tucked && !(value.errors.length > 0 && config[definition.name] !== undefined)) {
      advanced.fields.push(field);
      continue;
    }
    const title = definition.group ?? 'General';
    groups.set(title, [...(groups.get(title) ?? []), { definition, field }]);
  }
  for (const [title, members] of groups) {
    const sorted = members.sort(
      (a, b) =>
        importance(a.definition) - importance(b.definition) ||
        a.definition.order_in_group - b.definition.order_in_group,
    );
    own.push({
      id: idOf(title),
      title: title === validation.name ? 'Settings' : title,
      fields: sorted.map((m) => m.field),
      advanced: false,
    });
  }
  const isCommon = (section: Section) => commonGroup.test(section.title);
  const ordered = [...own.filter((s) => !isCommon(s)), ...own.filter(isCommon)];
  return advanced.fields.length > 0 ? [...ordered, advanced] : ordered;
}

const idOf = (title: string) => `s-${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`;

export type Mark = { kind: 'errors'; count: number } | { kind: 'good' } | { kind: 'defaults' };

/** What the table of contents shows beside a section. */
export function markOf(section: Section, config: Config, badFields: Set<string>): Mark {
  const bad = section.fields.filter((field) => badFields.has(field.key)).length;
  if (bad > 0) return { kind: 'errors', count: bad };
  return section.fields.some((field) => config[field.key] !== undefined) ? { kind: 'good' } : { kind: 'defaults' };
}

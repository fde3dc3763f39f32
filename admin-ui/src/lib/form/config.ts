// The one state behind form and JSON: the keys that the user has set, all text. What is not set is not sent.
import type { Config, Definition } from '../../api/types';

/** Stands for a secret that is set, wherever a config is shown. Read back, it means: as it was. */
export const secretMark = '••••••••';

export const isReference = (value: string) => /^\$\{[^}]+\}$/.test(value.trim());

export function secretKeys(definitions: Definition[]): Set<string> {
  return new Set(definitions.filter((d) => d.type === 'PASSWORD').map((d) => d.name));
}

/** A config as it may be shown: secrets are marks, references to secrets are no secrets. */
export function shown(config: Config, secrets: Set<string>): Config {
  const mask = (key: string, value: string) =>
    secrets.has(key) && value !== '' && !isReference(value) ? secretMark : value;
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, mask(key, value)]));
}

export function toJson(config: Config, secrets: Set<string>): string {
  return JSON.stringify(shown(config, secrets), null, 2);
}

export type Parsed = { config: Config } | { problem: string };

/** JSON that a person wrote: an object of texts, numbers and booleans, or {name, config} as POST takes it. */
export function fromJson(text: string, before: Config, secrets: Set<string>): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { problem: `This is no JSON: ${(error as Error).message}` };
  }
  if (!isObject(value)) return { problem: 'A configuration is a JSON object: {"key": "value", …}' };
  const inner = value['config'];
  if (isObject(inner)) value = typeof value['name'] === 'string' ? { name: value['name'], ...inner } : inner;
  const config: Config = {};
  for (const [key, member] of Object.entries(value as Record<string, unknown>)) {
    if (member === null) continue;
    if (typeof member === 'object') return { problem: `"${key}" must be a text, a number or a boolean` };
    config[key] = String(member);
  }
  return { config: withSecrets(config, before, secrets) };
}

/** `config` with each mark replaced by the secret it stands for. */
export function withSecrets(config: Config, before: Config, secrets: Set<string>): Config {
  const result: Config = {};
  for (const [key, value] of Object.entries(config)) {
    if (value === secretMark && secrets.has(key)) {
      if (before[key] !== undefined) result[key] = before[key];
    } else {
      result[key] = value;
    }
  }
  return result;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Keys that no definition knows. They are kept and shown, whatever they are. */
export function otherKeys(config: Config, definitions: Definition[]): string[] {
  const defined = new Set(definitions.map((d) => d.name));
  return Object.keys(config)
    .filter((key) => !defined.has(key))
    .sort();
}

/** A new config with `key` set, or without it when `value` is undefined. The order of keys is kept. */
export function withValue(config: Config, key: string, value: string | undefined): Config {
  if (value === undefined) return Object.fromEntries(Object.entries(config).filter(([name]) => name !== key));
  return { ...config, [key]: value };
}

export const same = (a: Config, b: Config) =>
  Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, value]) => b[key] === value);

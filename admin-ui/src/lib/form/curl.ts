// The curl line that does what a button does.
import type { Call } from '../../api/client';
import type { Config } from '../../api/types';
import { isReference } from './config';

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

export function curl(call: Call, origin: string): string {
  const parts = ['curl'];
  if (call.method !== 'GET') parts.push(`-X ${call.method}`);
  parts.push(quoted(origin + call.path));
  const lines = [parts.join(' ')];
  if (call.body !== undefined) {
    lines.push(`-H 'Content-Type: application/json'`, `-d ${quoted(JSON.stringify(call.body, null, 2))}`);
  }
  return lines.join(' \\\n  ');
}

/** Secrets never leave the page: a copied line has a blank to fill in. */
export function blanked(config: Config, secrets: Set<string>): Config {
  const blank = (key: string, value: string) =>
    secrets.has(key) && value !== '' && !isReference(value) ? `<${key}>` : value;
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key, blank(key, value)]));
}

// Java's .properties format, both ways: what connect-standalone reads.
import type { Config } from '../../api/types';

const named: Record<string, string> = { t: '\t', n: '\n', r: '\r', f: '\f' };

function unescaped(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (_, code: string) =>
    code.length === 5 ? String.fromCharCode(parseInt(code.slice(1), 16)) : (named[code] ?? code),
  );
}

/** Lines that continue are joined, comments and empty lines left out. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let open = '';
  let continues = false;
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const line = raw.replace(/^[ \t\f]+/, '');
    if (!continues && (line === '' || line.startsWith('#') || line.startsWith('!'))) continue;
    const backslashes = /\\*$/.exec(line)![0].length;
    continues = backslashes % 2 === 1;
    open += continues ? line.slice(0, -1) : line;
    if (!continues) {
      lines.push(open);
      open = '';
    }
  }
  if (open !== '') lines.push(open);
  return lines;
}

export function fromProperties(text: string): Config {
  const config: Config = {};
  for (const line of logicalLines(text)) {
    const match = /^((?:\\.|[^=:\s\\])+)\s*[=:]?\s*(.*)$/s.exec(line);
    if (match) config[unescaped(match[1]!)] = unescaped(match[2]!);
  }
  return config;
}

const escapedKey = (key: string) => escapedValue(key).replace(/[=: #!]/g, '\\$&');
function escapedValue(value: string): string {
  const text = value.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t');
  return text.replace(/^ /, '\\ ');
}

export function toProperties(config: Config): string {
  return Object.entries(config)
    .map(([key, value]) => `${escapedKey(key)}=${escapedValue(value)}`)
    .join('\n');
}

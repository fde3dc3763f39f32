// From a trace to plain words and the likely fix. A trace that no line here knows is shown in its own words, with the
// field it names as the fix where it names one.

export type Fix =
  | { kind: 'edit'; field: string; label: string }
  | { kind: 'restart'; label: string }
  | { kind: 'worker'; label: string };

export interface Explained {
  /** One sentence that says what is wrong. */
  title: string;
  /** The worker's own words, one line. */
  detail: string;
  fixes: Fix[];
}

interface Known {
  pattern: RegExp;
  title: (match: RegExpMatchArray) => string;
  field?: string[];
  label?: string;
}

const known: Known[] = [
  {
    pattern: /port (?:\S*:)?(\d{2,5})\b[^;]*?(?:in use|taken|belongs)|(?:address already in use|EADDRINUSE).*?(\d{2,5})?/i,
    title: (m) => (m[1] || m[2] ? `Port ${m[1] ?? m[2]} is already in use.` : 'The port is already in use.'),
    field: ['http.port'],
    label: 'Edit port',
  },
  { pattern: /path "?(\/[^\s"]*)"?.*(?:in use|taken)/i, title: (m) => `The path ${m[1]} is taken by another sink.`, field: ['http.path'], label: 'Edit path' },
  {
    pattern: /no such file|does not exist|there is no (?:file\b|"?\/)|not found: \//i,
    title: () => 'The file is not there any more.',
    field: ['file'],
    label: 'Edit file',
  },
  { pattern: /permission denied|may not be read|not readable|EACCES/i, title: () => 'The worker may not read it.', field: ['file'], label: 'Edit file' },
  { pattern: /no video|not a video|cannot be decoded|no video stream|moov atom/i, title: () => 'The file is no video that can be read.', field: ['file'], label: 'Edit file' },
  {
    pattern: /(?:too large|larger than|exceeds|above).*(?:message|record|max|limit)|MSG_SIZE_TOO_LARGE|message\.max\.bytes/i,
    title: () => 'A frame is larger than the topic takes.',
    field: ['width', 'jpeg.quality', 'format'],
    label: 'Make frames smaller',
  },
  {
    pattern: /no space left|free space|disk is full|ENOSPC/i,
    title: () => 'The disk is full: the worker refuses to write.',
  },
  {
    pattern: /broker.*(?:cannot be reached|not reachable|unreachable|down)|all brokers down|_TRANSPORT|connection refused/i,
    title: () => 'The broker cannot be reached.',
  },
  { pattern: /corrupt|CRC|checksum/i, title: () => 'A stored record is damaged.' },
  { pattern: /cannot be loaded|dlopen|ABI|undefined symbol/i, title: () => 'The plugin cannot be loaded.' },
];

const worker = /broker|no space left|free space|ENOSPC|dlopen|ABI|undefined symbol/i;

/** The first line of a trace, without the exception's class. */
export function plainLine(trace: string): string {
  const line = trace.split('\n').find((text) => text.trim() !== '')?.trim() ?? '';
  return line.replace(/^(?:[\w$]+[.:]+)*[\w$]*(?:Exception|Error): /, '');
}

/** The first key of `keys` that `text` names as a word of its own. */
export function namedKey(text: string, keys: string[]): string | null {
  const escaped = (key: string) => key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const longestFirst = [...keys].sort((a, b) => b.length - a.length);
  const found = longestFirst.filter((key) => new RegExp(`(^|[^\\w.-])${escaped(key)}(?=$|[^\\w.-]|\\.(?:\\s|$))`).test(text));
  const first = found.sort((a, b) => text.indexOf(a) - text.indexOf(b))[0];
  return first ?? null;
}

export function explain(trace: string, configKeys: string[], failedTask: number | null): Explained {
  const detail = plainLine(trace);
  const match = known.map((entry) => ({ entry, found: trace.match(entry.pattern) })).find((candidate) => candidate.found);
  const fixes: Fix[] = [];
  const named = namedKey(detail, configKeys);
  const entry = match?.entry;
  if (entry?.field) {
    const field = entry.field.find((key) => key === named) ?? entry.field[0]!;
    fixes.push({ kind: 'edit', field, label: entry.label ?? `Edit ${field}` });
  } else if (named) {
    fixes.push({ kind: 'edit', field: named, label: `Edit ${named}` });
  }
  if (worker.test(trace) && !entry?.field) fixes.push({ kind: 'worker', label: 'Look at the worker' });
  fixes.push({ kind: 'restart', label: failedTask === null ? 'Restart connector' : 'Restart task' });
  const title = entry && match?.found ? entry.title(match.found) : sentence(detail) || 'It failed and left no trace.';
  return { title, detail: sentence(detail) === title ? '' : detail, fixes };
}

/** The first sentence of a text, with a full stop, not longer than a line. */
function sentence(text: string): string {
  const end = text.search(/[.;](?:\s|$)/);
  const first = (end < 0 ? text : text.slice(0, end)).trim();
  if (first === '') return '';
  const short = first.length > 140 ? `${first.slice(0, 139)}…` : first;
  return `${short[0]!.toUpperCase()}${short.slice(1)}${short.endsWith('…') ? '' : '.'}`;
}

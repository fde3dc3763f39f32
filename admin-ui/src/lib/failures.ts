// From a trace to plain words and the likely fix. A trace that no line here knows is shown in its own words, with the
// field it names as the fix where it names one.

export type Fix =
  | { kind: 'edit'; field: string; label: string }
  | { kind: 'restart'; label: string }
  /** Leaves out what cannot be taken, by errors.tolerance = all. */
  | { kind: 'skip'; label: string }
  | { kind: 'worker'; label: string };

export interface Explained {
  /** One sentence that says what is wrong, whole. */
  title: string;
  /** The worker's own words, whole; empty where the title says as much. */
  detail: string;
  fixes: Fix[];
}

interface Known {
  pattern: RegExp;
  title: (match: RegExpMatchArray) => string;
  field?: string[];
  label?: string;
  /** Records are what is wrong: the rest can go on without them. */
  skips?: boolean;
}

const known: Known[] = [
  {
    pattern: /\bis not an image\b|\bit has no image\//i,
    title: () => 'A record of the topic is no picture.',
    skips: true,
  },
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

// std::runtime_error: …, framespool::(anonymous namespace)::Refused: …, java.io.IOException: …
const typeName = /(?<![\w/.:])(?:(?:[A-Za-z_]\w*(?:<[^<>]*>)?|\(anonymous namespace\))::)+[A-Za-z_]\w*(?:<[^<>]*>)?(?:\[abi:\w+\])?: (?=\S)|(?<![\w/.:])(?:[A-Za-z_$][\w$]*\.)*[A-Za-z_$][\w$]*(?:Exception|Error|_error): (?=\S)/g;

/** What people read: no exception's class, wherever in the text it stands. The trace keeps them, for who knows them. */
export function withoutTypes(text: string): string {
  return text.replace(typeName, '').trim();
}

/** The first line of a trace, without the exception's class. */
export function plainLine(trace: string): string {
  return withoutTypes(trace.split('\n').find((text) => text.trim() !== '')?.trim() ?? '');
}

/** The first key of `keys` that `text` names as a word of its own. */
export function namedKey(text: string, keys: string[]): string | null {
  const escaped = (key: string) => key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const longestFirst = [...keys].sort((a, b) => b.length - a.length);
  const found = longestFirst.filter((key) => new RegExp(`(^|[^\\w.-])${escaped(key)}(?=$|[^\\w.-]|\\.(?:\\s|$))`).test(text));
  const first = found.sort((a, b) => text.indexOf(a) - text.indexOf(b))[0];
  return first ?? null;
}

export function explain(trace: string, configKeys: string[], failedTask: number | null, tolerance = 'none'): Explained {
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
  const skips = entry?.skips || /errors\.tolerance ?= ?all/.test(trace);
  if (skips && tolerance !== 'all') fixes.unshift({ kind: 'skip', label: 'Skip such records' });
  if (worker.test(trace) && !entry?.field) fixes.push({ kind: 'worker', label: 'Look at the worker' });
  fixes.push({ kind: 'restart', label: failedTask === null ? 'Restart connector' : 'Restart task' });
  if (entry && match?.found) {
    const title = entry.title(match.found);
    return { title, detail: whole(detail) === title ? '' : whole(detail), fixes };
  }
  const [first, rest] = split(detail);
  if (first.length > longestTitle) return { title: 'It failed.', detail: whole(detail), fixes };
  return { title: whole(first) || 'It failed and left no trace.', detail: whole(rest), fixes };
}

const longestTitle = 200;

/** The first sentence of a text and what comes after it: together they are all of it. */
function split(text: string): [string, string] {
  // A dot ends a sentence before a capital, not in "image/... content-type" or "e.g. this".
  const end = text.search(/;(?=\s|$)|(?<![.\s])[.!?](?=\s+["'(]?[A-Z]|\s*$)/);
  return end < 0 ? [text.trim(), ''] : [text.slice(0, end).trim() + (/[!?]/.test(text[end]!) ? text[end]! : ''), text.slice(end + 1).trim()];
}

/** A text as a sentence: a capital in front and a stop at its end. */
function whole(text: string): string {
  if (text === '') return '';
  return text[0]!.toUpperCase() + text.slice(1) + (/[.!?…]$/.test(text) ? '' : '.');
}

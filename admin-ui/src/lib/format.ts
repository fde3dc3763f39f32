const grouped = new Intl.NumberFormat('en-US');

export function count(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return grouped.format(Math.round(value));
}

/** What no figure can be made of. */
const none = '–';

/** 0.4, 29.9, 120: one decimal below a hundred. */
export function rate(value: number): string {
  if (!Number.isFinite(value)) return none;
  if (value === 0) return '0';
  if (value > 0 && value < 0.05) return '<0.1';
  return Math.abs(value) < 99.95 ? value.toFixed(1) : grouped.format(Math.round(value));
}

/** `value` in the largest of `units` that leaves at least one before the point, each `step` times the one before. */
function scaled(
  value: number,
  units: string[],
  step: number,
  digitsOf: (size: number, unit: number) => number,
): string {
  if (!Number.isFinite(value)) return none;
  let size = value;
  let unit = 0;
  // What would be rounded up to a thousand is one of the next.
  while (Number(Math.abs(size).toFixed(digitsOf(Math.abs(size), unit))) >= step && unit < units.length - 1) {
    size /= step;
    unit += 1;
  }
  return `${trimZero(size.toFixed(digitsOf(Math.abs(size), unit)))}${units[unit]}`;
}

export function compact(value: number): string {
  return scaled(value, ['', 'k', 'M', 'G', 'T'], 1000, () => 1);
}

function trimZero(text: string): string {
  return text.replace(/\.0$/, '').replace(/^-0$/, '0');
}

export function bytes(value: number): string {
  return scaled(value, [' B', ' kB', ' MB', ' GB', ' TB', ' PB', ' EB'], 1000, (size, unit) =>
    unit === 0 || size >= 99.5 ? 0 : 1,
  );
}

const dayMs = 86_400_000;

/** How long, in the largest unit that says it: 40 s, 2 min, 3 h, 5 d, 2 y. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return none;
  const long = Math.max(0, ms);
  const seconds = long / 1000;
  if (long < 999.5) return `${Math.round(long)} ms`;
  if (seconds < 89.5) return `${Math.round(seconds)} s`;
  if (seconds < 89.5 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 35.5 * 3600) return `${Math.round(seconds / 3600)} h`;
  if (long < 1000 * dayMs) return `${Math.round(long / dayMs)} d`;
  return `${grouped.format(Math.round(long / (365.25 * dayMs)))} y`;
}

/** Longer or more than this is how configurations say that there is no limit. */
const noLimit = 9e18;

/**
 * What a setting or figure called `key` comes to, by the unit its name ends in: 6.4 GB, 7 d, unlimited. Empty: it is said
 * as well by `value` itself.
 */
export function amount(key: string, value: string | number): string {
  const unit = /(?:^|[._])(ms|seconds|bytes|kbytes)$/.exec(key)?.[1];
  const text = String(value).trim();
  if (!unit || !/^[-+]?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(text)) return '';
  const size = Number(text);
  if (size === -1 || size >= noLimit) return 'unlimited';
  if (size < 0) return '';
  if (unit === 'ms') return duration(size);
  if (unit === 'seconds') return duration(size * 1000);
  return bytes(unit === 'kbytes' ? size * 1024 : size);
}

export function ago(time: number, now: number): string {
  const age = now - time;
  return !Number.isFinite(age) ? none : age < 1500 ? 'just now' : `${duration(age)} ago`;
}

const two = (value: number) => String(value).padStart(2, '0');

/** 14:18:02, the viewer's own time zone. */
export function clock(time: number, withMs = false): string {
  const d = new Date(time);
  const text = `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
  return withMs ? `${text}.${String(d.getMilliseconds()).padStart(3, '0')}` : text;
}

export function day(time: number): string {
  const d = new Date(time);
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}

export function dateTime(time: number): string {
  return `${day(time)} ${clock(time)}`;
}

/** The value of an <input type=datetime-local>. */
export function localInput(time: number): string {
  return `${day(time)}T${clock(time, true)}`;
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** No span that a task tells of is so long: what is longer, and ends in _ms, is a time since 1970. */
const longestSpanMs = 1e12;

/** The value of the metric `key` as a task tells it. */
export function figure(key: string, value: number | string | boolean | null): string {
  if (value === null || value === '') return none;
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'number') return value;
  if (!Number.isFinite(value)) return none;
  if (/_ms$/.test(key) && value > longestSpanMs) return dateTime(value);
  // A name, not an amount.
  if (/(^|_)port$/.test(key)) return String(value);
  if (value === -1 && /_(ms|seconds|bytes)$/.test(key)) return none;
  if (/^bytes(_|$)/.test(key)) return bytes(value);
  const said = amount(key, value);
  if (said !== '') return said;
  return Number.isInteger(value) ? count(value) : value.toFixed(2);
}

const grouped = new Intl.NumberFormat('en-US');

export function count(value: number): string {
  return grouped.format(Math.round(value));
}

/** 0.4, 29.9, 120: one decimal below a hundred. */
export function rate(value: number): string {
  if (value === 0) return '0';
  return value < 99.95 ? value.toFixed(1) : grouped.format(Math.round(value));
}

export function compact(value: number): string {
  const size = Math.abs(value);
  if (size < 1000) return String(Math.round(value * 10) / 10);
  if (size < 1e6) return `${trimZero((value / 1e3).toFixed(1))}k`;
  return `${trimZero((value / 1e6).toFixed(1))}M`;
}

function trimZero(text: string): string {
  return text.replace(/\.0$/, '');
}

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let size = value;
  let unit = 0;
  while (Math.abs(size) >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || size >= 99.5 ? 0 : 1;
  return `${trimZero(size.toFixed(digits))} ${units[unit]}`;
}

/** How long, in the largest unit that says it: 40 s, 2 min, 3 h, 5 d. */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 1) return `${Math.round(ms)} ms`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

export function ago(time: number, now: number): string {
  const age = now - time;
  return age < 1500 ? 'just now' : `${duration(age)} ago`;
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

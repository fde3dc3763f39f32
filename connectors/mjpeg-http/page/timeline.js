// The line below the picture: the topic's extent in time, its gaps and loops, and where one is.

const clockText = (ms, day = true) => {
  const date = new Date(ms), two = (n) => String(n).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${Math.floor(date.getMilliseconds() / 100)}`;
  return day ? `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}` : time;
};

// A moment in short: without the day where it is today's.
const momentText = (ms) => (new Date(ms).toDateString() === new Date().toDateString() ? clockText(ms, false).slice(0, 8) : clockText(ms).slice(0, 19));

const spanText = (seconds) => (seconds < 60 ? `${seconds.toFixed(1)} s` : seconds < 3600 ? `${Math.floor(seconds / 60)} m ${Math.round(seconds % 60)} s`
  : seconds < 86400 ? `${Math.floor(seconds / 3600)} h ${Math.round(seconds % 3600 / 60)} m` : `${(seconds / 86400).toFixed(1)} d`);

const kJumpForms = 'Type a time such as 14:05:10 or 2024-05-01 14:05, a time ago such as -30s, or an offset.';

// What was typed: {time} in ms, {offset}, or {wrong}, in words. A time without a day is of the day of `reference`.
const parseJump = (typed, reference, newest) => {
  const text = typed.trim();
  const ago = text.match(/^-\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/i);
  if (ago) {
    const time = newest - Number(ago[1]) * { ms: 1, s: 1000, m: 60000, h: 3600000, d: 86400000 }[(ago[2] || 's').toLowerCase()];
    return Math.abs(time) <= 8.64e15 ? { time } : { wrong: `${text} is longer ago than any clock goes.` };
  }
  if (/^\d+$/.test(text)) return Number(text) <= Number.MAX_SAFE_INTEGER ? { offset: Number(text) } : { wrong: `There is no frame ${text}.` };
  const full = text.match(/^(?:(\d{4})-(\d\d?)-(\d\d?))?(?:(?:^|[T ]\s*)(\d\d?):(\d\d)(?::(\d\d(?:\.\d+)?))?)?(\s*Z|\s*[+-]\d\d:?\d\d)?$/i);
  if (!text || !full || !(full[1] || full[4])) return { wrong: `${text ? `“${text.slice(0, 40)}” is neither a time nor an offset. ` : ''}${kJumpForms}` };
  const day = new Date(reference);
  const [year, month, date] = full[1] ? [Number(full[1]), Number(full[2]), Number(full[3])] : [day.getFullYear(), day.getMonth() + 1, day.getDate()];
  const [hour, minute, second] = [Number(full[4] || 0), Number(full[5] || 0), Number(full[6] || 0)];
  if (hour > 23 || minute > 59 || second >= 60) return { wrong: `${full[4]}:${full[5]}${full[6] ? ':' + full[6] : ''} is no time of a day: hours go to 23, minutes and seconds to 59.` };
  if (month < 1 || month > 12 || date < 1 || date > new Date(year, month, 0).getDate()) return { wrong: `${full[1]}-${full[2]}-${full[3]} is no day of the calendar.` };
  if (full[7]) {
    const two = (n) => String(n).padStart(2, '0');
    const zone = full[7].trim().toUpperCase().replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
    const time = Date.parse(`${String(year).padStart(4, '0')}-${two(month)}-${two(date)}T${two(hour)}:${two(minute)}:00${zone}`);
    return Number.isNaN(time) ? { wrong: `${zone} is no time zone.` } : { time: time + second * 1000 };
  }
  return { time: new Date(year, month - 1, date, hour, minute, 0, 0).getTime() + second * 1000 };
};

// Why one cannot go there, in words; empty when one can. `extent`: the status's.
const outside = (target, extent, partitions) => {
  const first = Date.parse(extent.first_time), last = Date.parse(extent.last_time);
  if (target.time !== undefined) {
    if (Number.isNaN(first) || Number.isNaN(last)) return '';
    if (target.time < first) return `Nothing is kept from ${clockText(target.time)}: the recording begins at ${clockText(first)}.`;
    if (target.time > last) return `${clockText(target.time)} is still to come: the newest frame is from ${clockText(last)}.`;
    return '';
  }
  const part = partitions[target.partition || 0];
  if (!part) return `There is no partition ${target.partition}: they go from 0 to ${partitions.length - 1}.`;
  if (part.first_offset >= part.end_offset) return 'The topic has no frame yet.';
  if (target.offset >= part.first_offset && target.offset < part.end_offset) return '';
  return `There is no frame ${target.offset}: the topic holds ${part.first_offset} to ${part.end_offset - 1}.`;
};

class Line {
  constructor(track, canvas, thumb) {
    Object.assign(this, { track, canvas, thumb });
    this.first = this.last = 0;
    this.survey = { gaps: [], loops: [], points: [] };
    this.marks = { in: null, out: null };
    this.now = null;
    this.hover = null;
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  get span() { return Math.max(1, this.last - this.first); }
  timeAt(clientX) {
    const box = this.canvas.getBoundingClientRect();
    return this.first + Math.min(1, Math.max(0, (clientX - box.left) / box.width)) * this.span;
  }
  xOf(time) { return Math.min(1, Math.max(0, (time - this.first) / this.span)) * this.canvas.clientWidth; }

  draw() {
    const width = this.canvas.clientWidth, height = 40, ratio = devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(width * ratio)) this.canvas.width = Math.round(width * ratio);
    if (this.canvas.height !== height * ratio) this.canvas.height = height * ratio;
    const g = this.canvas.getContext('2d');
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, width, height);
    if (!this.last) return;
    g.fillStyle = '#3b6ea5';
    g.fillRect(0, 14, width, 14);
    for (const gap of this.survey.gaps) {
      const from = this.xOf(gap.from_ms), until = this.xOf(gap.until_ms);
      g.fillStyle = '#101215';
      g.fillRect(from, 14, Math.max(2, until - from), 14);
      g.fillStyle = '#f2b84b';
      g.fillRect(from, 26, Math.max(2, until - from), 2);
    }
    if (this.marks.in !== null || this.marks.out !== null) {
      const from = this.xOf(this.marks.in ?? this.first), until = this.xOf(this.marks.out ?? this.last);
      g.fillStyle = '#4cc38a99';
      g.fillRect(from, 10, Math.max(2, until - from), 22);
    }
    g.fillStyle = '#e9ecf0';
    for (const loop of this.survey.loops) g.fillRect(this.xOf(loop.time_ms), 10, 1.5, 8);
    if (this.hover !== null) { g.fillStyle = '#a5adb8'; g.fillRect(this.xOf(this.hover), 6, 1, 30); }
    if (this.now !== null) {
      const x = this.xOf(this.now);
      g.fillStyle = '#fff';
      g.fillRect(x - 1.5, 4, 3, 32);
      g.beginPath(); g.arc(x, 5, 5, 0, 7); g.fill();
    }
  }

  describe() {
    const { gaps, loops } = this.survey;
    const count = (n, one, many) => (n ? `${n} ${n === 1 ? one : many}` : '');
    return [count(gaps.length, 'gap', 'gaps'), count(loops.length, 'loop', 'loops')].filter(Boolean).join(', ');
  }
}

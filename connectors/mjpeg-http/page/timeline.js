// The line below the picture: the topic's extent in time, its gaps and loops, and where one is.

const clockText = (ms, day = true) => {
  const date = new Date(ms), two = (n) => String(n).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${Math.floor(date.getMilliseconds() / 100)}`;
  return day ? `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}` : time;
};

const spanText = (seconds) => (seconds < 60 ? `${seconds.toFixed(1)} s` : seconds < 3600 ? `${Math.floor(seconds / 60)} m ${Math.round(seconds % 60)} s`
  : seconds < 86400 ? `${Math.floor(seconds / 3600)} h ${Math.round(seconds % 3600 / 60)} m` : `${(seconds / 86400).toFixed(1)} d`);

// What was typed, as a time in ms or an offset; today means the day of `reference`.
const parseJump = (typed, reference, newest) => {
  const text = typed.trim();
  const ago = text.match(/^-\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/i);
  if (ago) return { time: newest - Number(ago[1]) * { ms: 1, s: 1000, m: 60000, h: 3600000, d: 86400000 }[(ago[2] || 's').toLowerCase()] };
  if (/^\d+$/.test(text)) return { offset: Number(text) };
  const full = text.match(/^(?:(\d{4})-(\d\d?)-(\d\d?)(?:[T ]+|$))?(?:(\d\d?):(\d\d)(?::(\d\d(?:\.\d+)?))?)?$/);
  if (full && (full[1] || full[4])) {
    const day = new Date(reference);
    const date = new Date(full[1] ? Number(full[1]) : day.getFullYear(), full[1] ? Number(full[2]) - 1 : day.getMonth(), full[1] ? Number(full[3]) : day.getDate(),
      Number(full[4] || 0), Number(full[5] || 0), 0, 0);
    return { time: date.getTime() + Number(full[6] || 0) * 1000 };
  }
  const parsed = Date.parse(text);
  return Number.isNaN(parsed) ? null : { time: parsed };
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

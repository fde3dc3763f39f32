// Clips: from the marks on the line, or of the last ten seconds, and how far the sink is with one.

class Clips {
  constructor(line, key, notice, look) {
    this.line = line;
    this.key = key;
    this.notice = notice;
    this.look = look;     // asks the sink for its status, which comes back through follow()
    this.id = '';
    this.asked = 0;
    this.timer = 0;
  }

  mark(which, shown) {
    if (!shown) return;
    const marks = this.line.marks;
    marks[which] = shown.time + (which === 'out' ? 1 : 0);
    if (marks.in !== null && marks.out !== null && marks.in >= marks.out) marks[which === 'in' ? 'out' : 'in'] = null;
    this.notice(`Clip ${marks.in === null ? '' : 'from ' + clockText(marks.in, false) + ' '}${marks.out === null ? '' : 'to ' + clockText(marks.out, false)}`);
    this.line.draw();
  }

  save(shown) {
    const { first, last, marks } = this.line;
    if (!last) return;
    const until = marks.out ?? (marks.in === null && shown ? shown.time + 1 : last + 1);
    const from = marks.in ?? Math.max(first, until - 10000);
    this.id = 'w' + Math.random().toString(36).slice(2, 10);
    this.asked = Date.now();
    const link = document.createElement('a');
    link.href = urlOf('/clip', { from: new Date(from).toISOString(), until: new Date(until).toISOString(), format: $('format').value, key: this.key, id: this.id });
    link.download = '';
    link.click();
    this.notice(`Saving ${spanText((until - from) / 1000)} as ${$('format').value}…`);
    clearInterval(this.timer);
    this.timer = setInterval(this.look, 500);
  }

  // `clips`: those the sink is at.
  follow(clips) {
    if (!this.id) return;
    const bar = $('progress');
    const mine = clips.find((clip) => clip.id === this.id);
    if (!mine) {
      if (Date.now() - this.asked < 1500) return;
      clearInterval(this.timer);
      this.id = '';
      bar.hidden = true;
      return;
    }
    bar.hidden = false;
    bar.value = mine.phase === 'sending' && mine.bytes ? mine.bytes_done / mine.bytes : mine.frames ? mine.frames_done / mine.frames : 0;
    bar.title = `${mine.phase}: ${mine.frames_done} of ${mine.frames} frames`;
    this.notice(`Clip: ${mine.phase}, ${Math.round(bar.value * 100)} %`);
  }
}

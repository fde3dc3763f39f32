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
    this.loader = null;   // the frame that the file is asked for in
    $('cancel').onclick = () => void this.cancel();
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
    // A frame of its own: to take it away while nothing has come yet closes the connection, and what comes in it instead
    // of a file says why.
    const loader = document.createElement('iframe');
    loader.hidden = true;
    loader.title = 'Clip';
    loader.onload = () => this.refused(loader);
    loader.src = urlOf('/clip', { from: new Date(from).toISOString(), until: new Date(until).toISOString(), format: $('format').value, key: this.key, id: this.id });
    this.loader?.remove();
    this.loader = loader;
    document.body.append(loader);
    this.notice(`Saving ${spanText((until - from) / 1000)} as ${$('format').value}…`);
    clearInterval(this.timer);
    this.timer = setInterval(this.look, 500);
  }

  refused(loader) {
    let text = '';
    try { text = loader.contentDocument.body.textContent; } catch { return; }
    if (!text || loader !== this.loader) return;
    try { text = JSON.parse(text).error; } catch { text = 'the sink gave no clip'; }
    this.end();
    this.notice(text.charAt(0).toUpperCase() + text.slice(1));
  }

  async cancel() {
    const id = this.id;
    if (!id) return;
    this.loader?.remove();
    this.end();
    this.notice('The clip is cancelled.');
    // Where the file is on its way already the browser loads it by itself; then it is the sink that stops.
    try { await fetch(urlOf('/clip', { id }), { method: 'DELETE' }); } catch { /* it is gone with the connection */ }
  }

  end() {
    clearInterval(this.timer);
    this.id = '';
    $('making').hidden = true;
  }

  // `clips`: those the sink is at.
  follow(clips) {
    if (!this.id) return;
    const bar = $('progress');
    const mine = clips.find((clip) => clip.id === this.id);
    if (!mine) {
      if (Date.now() - this.asked < 1500) return;
      this.end();
      return;
    }
    $('making').hidden = false;
    bar.value = mine.phase === 'sending' && mine.bytes ? mine.bytes_done / mine.bytes : mine.frames ? mine.frames_done / mine.frames : 0;
    bar.title = `${mine.phase}: ${mine.frames_done} of ${mine.frames} frames`;
    this.notice(`Clip: ${mine.phase}, ${Math.round(bar.value * 100)} %`);
  }
}

// Pointing at the line: what was there, and going there.

class Scrubber {
  constructor(track, line, key, seek) {
    this.track = track;
    this.line = line;
    this.key = key;
    this.dragging = false;
    this.busy = false;
    this.wanted = null;
    this.url = '';
    track.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      this.dragging = true;
      track.setPointerCapture(event.pointerId);
      track.focus();
      this.show(event);
    });
    track.addEventListener('pointermove', (event) => { if (this.dragging || event.pointerType === 'mouse') this.show(event); });
    track.addEventListener('pointerup', (event) => {
      if (!this.dragging) return;
      this.dragging = false;
      if (event.pointerType !== 'mouse') this.hide();
      seek(line.timeAt(event.clientX));
    });
    track.addEventListener('pointercancel', () => { this.dragging = false; this.hide(); });
    track.addEventListener('pointerleave', () => { if (!this.dragging) this.hide(); });
  }

  show(event) {
    if (!this.line.last) return;
    const time = this.line.timeAt(event.clientX), box = this.track.getBoundingClientRect();
    this.line.hover = time;
    $('thumb').hidden = false;
    $('thumb').style.left = `${Math.min(box.width - 86, Math.max(86, event.clientX - box.left))}px`;
    $('thumbtime').textContent = clockText(time);
    void this.thumbnail(time);
    this.line.draw();
  }

  hide() {
    this.line.hover = null;
    $('thumb').hidden = true;
    this.line.draw();
  }

  // One request at a time, for the place pointed at last.
  async thumbnail(time) {
    this.wanted = time;
    if (this.busy) return;
    this.busy = true;
    while (this.wanted !== null) {
      const wanted = this.wanted;
      this.wanted = null;
      try {
        const response = await fetch(urlOf('/snapshot', { at: new Date(wanted).toISOString(), width: 160, key: this.key, exact: 'false' }), { cache: 'no-store' });
        if (!response.ok) continue;
        const url = URL.createObjectURL(await response.blob());
        $('thumbnail').src = url;
        if (this.url) URL.revokeObjectURL(this.url);
        this.url = url;
      } catch { /* the sink is away; the badge says so */ }
    }
    this.busy = false;
  }
}

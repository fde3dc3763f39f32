// H.264 and H.265 as they are: the sink's /video by Media Source Extensions, where the browser plays the codec.

// Takes bytes as they come and gives whole boxes of an MP4 (ISO/IEC 14496-12, 4.2).
class Boxes {
  constructor(take) {
    this.take = take;
    this.bytes = new Uint8Array(0);
  }

  feed(chunk) {
    const bytes = new Uint8Array(this.bytes.length + chunk.length);
    bytes.set(this.bytes);
    bytes.set(chunk, this.bytes.length);
    let at = 0;
    for (;;) {
      if (bytes.length - at < 8) break;
      const size = new DataView(bytes.buffer, at).getUint32(0);
      if (size < 8) throw new Error('the sink sent what is no MP4');
      if (bytes.length - at < size) break;
      this.take(String.fromCharCode(...bytes.subarray(at + 4, at + 8)), bytes.subarray(at, at + size));
      at += size;
    }
    this.bytes = bytes.slice(at);
  }
}

// Which frame is shown when. Of each group, from a key frame to the next, the first picture that is shown has the first
// offset, and so on, in whatever order they come.
class Places {
  constructor() { this.groups = []; }

  add(box, key) {
    const view = new DataView(box.buffer, box.byteOffset + 24);
    const big = (at) => Number(view.getBigInt64(at));
    if (key || !this.groups.length) this.groups.push({ places: [], shown: [], decoded: 0 });
    const group = this.groups[this.groups.length - 1];
    group.places.push({ partition: view.getInt32(0), offset: big(4), time: big(12) });
    group.decoded = big(20);
    const shown = big(28);
    let at = group.shown.length;
    while (at > 0 && group.shown[at - 1] > shown) --at;
    group.shown.splice(at, 0, shown);
    if (this.groups.length > 60) this.groups.shift();
    return shown;
  }

  // What is shown at `us`; null where that is not known.
  at(us) {
    for (let i = this.groups.length - 1; i >= 0; --i) {
      const { places, shown } = this.groups[i];
      if (shown[0] > us + 500) continue;
      const at = shown.findIndex((each) => Math.abs(each - us) <= 500);
      if (at >= 0) return places[at];
    }
    return null;
  }

  // When the frame from `offset` on is shown, once nothing that still comes can be shown before it, or nothing comes
  // (`quiet`); null until then.
  timeOf({ partition = 0, offset, time }, quiet) {
    for (let i = 0; i < this.groups.length; ++i) {
      const { places, shown, decoded } = this.groups[i];
      const at = places.findIndex((each) => (time !== undefined ? each.time >= time : each.partition === partition && each.offset >= offset));
      if (at >= 0) return quiet || decoded >= shown[at] || i + 1 < this.groups.length ? shown[at] : null;
    }
    return null;
  }
}

// One connection, as Connection is; its frames are what `video` shows when on.frame() is called.
class VideoConnection {
  static possible = Boolean(window.MediaSource) && 'requestVideoFrameCallback' in HTMLVideoElement.prototype;

  // `target`: where one has jumped to; nothing before it is played.
  constructor(video, url, target, on) {
    this.video = video;
    this.on = on;
    this.target = target;
    this.places = new Places();
    this.queue = [];
    this.queued = 0;
    this.place = null;
    this.started = false;
    this.lateness = null;      // the least of what has come, in ms: how far this clock is behind the file's
    this.jitter = 0;           // what others came later than that
    this.begun = performance.now();
    this.abort = new AbortController();
    this.lastBytes = performance.now();
    this.timer = setInterval(() => this.steer(), 100);
    this.stopped = false;
    this.failed = new Promise((_, fail) => { this.fail = fail; });
    Promise.race([this.run(url), this.failed]).then(() => this.end(null), (error) => this.end(error));
  }

  end(error) {
    if (this.stopped) return;
    this.stop();
    this.on.end(error);
  }

  stop() {
    if (this.stopped) return;
    this.stopped = true;
    clearInterval(this.timer);
    this.abort.abort();
    this.video.cancelVideoFrameCallback(this.callback);
    this.video.onerror = null;
    this.video.removeAttribute('src');
    this.video.load();
    URL.revokeObjectURL(this.source);
  }

  async run(url) {
    const { video } = this;
    const response = await fetch(url, { signal: this.abort.signal, cache: 'no-store' });
    if (!response.ok) throw await refusal(response);
    const type = response.headers.get('Content-Type');
    if (!MediaSource.isTypeSupported(type)) throw new NotPlayed(`This browser does not play ${type}`);
    this.lastBytes = performance.now();
    this.on.begin(response.headers);
    const media = new MediaSource();
    const opened = new Promise((resolve) => media.addEventListener('sourceopen', resolve, { once: true }));
    this.source = URL.createObjectURL(media);
    video.onerror = () => this.fail(new NotPlayed(video.error ? video.error.message : 'The video cannot be played'));
    video.src = this.source;
    await opened;
    if (this.stopped) return;
    this.buffer = media.addSourceBuffer(type);
    this.buffer.onupdateend = () => this.append();
    this.watch();
    const boxes = new Boxes((name, box) => this.take(name, box));
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.stopped) return;
      this.lastBytes = performance.now();
      boxes.feed(value);
      this.append();
    }
  }

  take(name, box) {
    if (name === 'uuid') { this.place = box.slice(); return; }
    if (name === 'moof' && this.place) {
      // The flags of the sample: the only one of a fragment, at the end of its trun, before the composition time.
      const key = (box[box.length - 8] & 3) === 2;
      this.arrived(this.places.add(this.place, key));
      this.place = null;
    }
    this.queue.push(box.slice());
    this.queued += box.length;
  }

  arrived(shown) {
    const late = performance.now() - shown / 1000;
    // What comes at first is older than the rest.
    if (performance.now() - this.begun < 500) { this.lateness = late; return; }
    this.lateness = this.lateness === null ? late : Math.min(this.lateness + 0.05, late);
    this.jitter = Math.max(this.jitter * 0.998, Math.min(1000, late - this.lateness));
  }

  append() {
    const { buffer, video } = this;
    if (this.stopped || !buffer || buffer.updating) return;
    try {
      const played = video.currentTime - 10;
      if (buffer.buffered.length && buffer.buffered.start(0) < played - 10) { buffer.remove(0, played); return; }
      if (!this.queue.length) { this.steer(); return; }
      const bytes = new Uint8Array(this.queued);
      let at = 0;
      for (const box of this.queue) { bytes.set(box, at); at += box.length; }
      this.queue = [];
      this.queued = 0;
      buffer.appendBuffer(bytes);
    } catch (error) {
      this.fail(new NotPlayed(error.message));
    }
  }

  // Plays a small steady time behind what has come: a little faster or slower; over what nobody waits for it jumps.
  steer() {
    const { video, buffer } = this;
    if (this.stopped || !buffer || !buffer.buffered.length) return;
    const ranges = buffer.buffered;
    const end = ranges.end(ranges.length - 1);
    if (!this.started) {
      let from = ranges.start(0);
      if (this.target) {
        const shown = this.places.timeOf(this.target, performance.now() - this.lastBytes > 300);
        if (shown === null) {
          if (video.currentTime < from) video.currentTime = from;  // the key frame, for the time being
          return;
        }
        from = shown / 1e6 + 1e-4;
        if (from >= end) return;
      } else {
        from = Math.max(from, end - this.delay());
      }
      this.started = true;
      this.startedAt = performance.now();
      video.currentTime = from;
      if (!this.target) this.play();
      return;
    }
    // What was asked for is to be on the screen before it goes on; where the browser does not tell, it is by now.
    if (video.paused && performance.now() - this.startedAt > 500 && !video.seeking) this.play();
    const now = video.currentTime;
    for (let i = 0; i < ranges.length; ++i) {
      if (ranges.start(i) > now && (i === 0 || ranges.end(i - 1) <= now + 0.05)) { video.currentTime = ranges.start(i) + 1e-4; return; }
    }
    const behind = end - now, wanted = this.delay();
    if (behind > wanted + 1.5) video.currentTime = end - wanted;
    else video.playbackRate = behind > wanted + 0.04 ? Math.min(1.25, 1 + (behind - wanted) / 2) : behind < wanted - 0.04 ? 0.96 : 1;
  }

  play() { void this.video.play().catch(() => {}); }

  delay() { return Math.min(1, 0.08 + this.jitter / 1000); }

  picture() {
    try { return new VideoFrame(this.video); } catch { return null; }  // a browser that has none, or no picture yet
  }

  watch() {
    this.callback = this.video.requestVideoFrameCallback((_, shown) => {
      if (this.stopped) return;
      const picture = this.picture();
      // By now the element may have gone on to the next one, so it is the picture itself that is asked.
      const place = this.places.at(picture ? picture.timestamp : Math.round(shown.mediaTime * 1e6));
      const exact = this.started && !this.video.seeking;
      if (place) this.on.frame({ ...place, exact }, picture || this.video);
      if (picture) picture.close();
      if (place && exact && this.video.paused) this.play();
      this.watch();
    });
  }
}

// The browser cannot play it; pictures it can show.
class NotPlayed extends Error {}

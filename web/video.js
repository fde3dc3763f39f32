// H.264 and H.265 as they are, by Media Source Extensions, where the browser plays the codec. An ES module, which the
// admin page builds in; /watch has it in its own script, without the exports.

// Takes bytes as they come and gives whole boxes of an MP4 (ISO/IEC 14496-12, 4.2).
export class Boxes {
  static largest = 64 * 1024 * 1024;

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
      if (size < 8 || size > Boxes.largest) throw new Error('the sink sent what is no MP4');
      if (bytes.length - at < size) break;
      this.take(String.fromCharCode(...bytes.subarray(at + 4, at + 8)), bytes.subarray(at, at + size));
      at += size;
    }
    this.bytes = bytes.slice(at);
  }
}

// Which frame is shown when. Of each group, from a key frame to the next, the first picture that is shown has the first
// offset, and so on, in whatever order they come.
export class Places {
  // Of one group: a camera that refreshes its picture bit by bit has one key frame, and none after that.
  static most = 3000;

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
    if (group.places.length > Places.most) {
      group.places.shift();
      group.shown.shift();
    }
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

// The browser cannot play it; pictures it can show.
export class NotPlayed extends Error {}

// Plays the body of a sink's /video, or what /mux has of it, in `video`, as it comes: without an end, a small steady time
// behind.
export class VideoPlayer {
  static possible =
    typeof MediaSource !== 'undefined' && 'requestVideoFrameCallback' in HTMLVideoElement.prototype;

  static plays(type) { return VideoPlayer.possible && MediaSource.isTypeSupported(type); }

  // `target`: where one has jumped to; nothing before it is played. `exact`: on.frame() is given exactly the picture that
  // is said, to be painted; without it what is said is what was on the screen a moment ago. on.failed(), at most once,
  // ends nothing: who made it stops it.
  constructor(video, type, { target = null, exact = true }, on) {
    this.video = video;
    this.on = on;
    this.target = target;
    this.exact = exact;
    this.places = new Places();
    this.boxes = new Boxes((name, box) => this.take(name, box));
    this.queue = [];
    this.queued = 0;
    this.place = null;
    this.started = false;
    this.lateness = null;      // the least of what has come, in ms: how far this clock is behind the file's
    this.jitter = 0;           // what others came later than that
    this.begun = this.lastBytes = performance.now();
    this.stopped = false;
    const media = this.media = new MediaSource();
    media.addEventListener('sourceopen', () => this.open(media, type), { once: true });
    this.source = URL.createObjectURL(media);
    video.onerror = () => this.fail(video.error ? video.error.message : 'The video cannot be played');
    video.src = this.source;
    this.timer = setInterval(() => this.steer(), 100);
    this.watch();
  }

  stop() {
    if (this.stopped) return;
    this.stopped = true;
    clearInterval(this.timer);
    this.video.cancelVideoFrameCallback(this.callback);
    this.video.onerror = null;
    this.video.removeAttribute('src');
    this.video.load();
    URL.revokeObjectURL(this.source);
  }

  // Throws where it is no MP4.
  feed(bytes) {
    this.lastBytes = performance.now();
    this.boxes.feed(bytes);
    this.append();
  }

  fail(message) {
    if (this.stopped || this.failed) return;
    this.failed = true;
    this.on.failed(new NotPlayed(message));
  }

  open(media, type) {
    if (this.stopped) return;
    try {
      this.buffer = media.addSourceBuffer(type);
    } catch (error) {
      this.fail(error.message);
      return;
    }
    this.buffer.onupdateend = () => this.append();
    this.append();
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
    if (this.stopped || this.failed || !buffer || buffer.updating) return;
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
      this.fail(error.message);
    }
  }

  // Plays a small steady time behind what has come: a little faster or slower; over what nobody waits for it jumps.
  steer() {
    const { video, buffer } = this;
    if (this.stopped || this.failed || !buffer || !buffer.buffered.length) return;
    // A decoder holds back what may have to be shown behind what follows. Where nothing follows, and there is no picture of
    // this moment, that is all there is; what comes after all opens it again.
    if (video.readyState < 2 && this.media.readyState === 'open' && !buffer.updating && !this.queue.length && performance.now() - this.lastBytes > 1000) this.media.endOfStream();
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
    if (video.paused && !video.ended && performance.now() - this.startedAt > 500 && !video.seeking) this.play();
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
      const picture = this.exact ? this.picture() : null;
      // By now the element may have gone on to the next one, so it is the picture itself that is asked.
      const place = this.places.at(picture ? picture.timestamp : Math.round(shown.mediaTime * 1e6));
      const exact = this.started && !this.video.seeking;
      if (place) this.on.frame({ ...place, exact }, picture || this.video);
      if (picture) picture.close();
      if (place && exact && this.video.paused && !this.video.ended) this.play();
      this.watch();
    });
  }
}

// H.264 and H.265 as they are: the sink's /video, in a VideoPlayer (web/video.js).

// One connection, as Connection is; its frames are what `video` shows when on.frame() is called.
class VideoConnection {
  constructor(video, url, target, on) {
    this.video = video;
    this.target = target;
    this.on = on;
    this.abort = new AbortController();
    this.lastBytes = performance.now();
    this.player = null;
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
    this.abort.abort();
    if (this.player) this.player.stop();
  }

  async run(url) {
    const response = await fetch(url, { signal: this.abort.signal, cache: 'no-store' });
    if (!response.ok) throw await refusal(response);
    const type = response.headers.get('Content-Type');
    if (!VideoPlayer.plays(type)) throw new NotPlayed(`This browser does not play ${type}`);
    this.lastBytes = performance.now();
    this.on.begin(response.headers);
    const { on, target } = this;
    this.player = new VideoPlayer(this.video, type, { target }, { frame: (frame, picture) => on.frame(frame, picture), failed: this.fail });
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.stopped) return;
      this.lastBytes = performance.now();
      this.player.feed(value);
    }
  }
}

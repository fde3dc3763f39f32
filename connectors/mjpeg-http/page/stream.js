'use strict';
// The sink's stream in framing=length: frames with their place and time, as they come.

const $ = (id) => document.getElementById(id);
const pageBase = location.pathname.replace(/\/watch\/?$/, '');
// The stream is at pageBase + '/': a proxy that adds a path knows it with the slash.
const urlOf = (page, query) => {
  const text = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== undefined && value !== '')).toString();
  return pageBase + (page || '/') + (text ? '?' + text : '');
};

class Parts {
  constructor(take) {
    this.take = take;
    this.bytes = new Uint8Array(1 << 18);
    this.length = 0;
    this.head = null;
  }

  feed(chunk) {
    if (this.length + chunk.length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + chunk.length));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(chunk, this.length);
    this.length += chunk.length;
    let at = 0;
    for (;;) {
      if (!this.head) {
        const end = this.blankLine(at);
        if (end < 0) break;
        const lines = new TextDecoder().decode(this.bytes.subarray(at, end)).split('\r\n');
        this.head = Object.fromEntries(lines.filter((line) => line.includes(': ')).map((line) => {
          const colon = line.indexOf(': ');
          return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
        }));
        at = end + 4;
      }
      const size = Number(this.head['content-length']);
      if (this.length - at < size) break;
      const head = this.head;
      this.head = null;
      this.take({
        offset: Number(head['x-framespool-offset']),
        partition: Number(head['x-framespool-partition']),
        time: Number(head['x-framespool-timestamp']),
        blob: new Blob([this.bytes.slice(at, at + size)], { type: head['content-type'] }),
      });
      at += size;
    }
    this.bytes.copyWithin(0, at, this.length);
    this.length -= at;
  }

  blankLine(from) {
    const b = this.bytes;
    for (let i = from; i + 3 < this.length; ++i) {
      if (b[i] === 13 && b[i + 1] === 10 && b[i + 2] === 13 && b[i + 3] === 10) return i;
    }
    return -1;
  }
}

class Refused extends Error {
  constructor(message, status, retry) {
    super(message);
    this.status = status;
    this.retry = retry;
  }
}

const refusal = async (response) => {
  let text = `the sink answered ${response.status}`;
  try { text = (await response.json()).error; } catch { /* not the sink's own words */ }
  return new Refused(text, response.status, Number(response.headers.get('Retry-After')) || 0);
};

// One connection: from begin() until it ends, fails or stop().
class Connection {
  constructor(url, on) {
    this.abort = new AbortController();
    this.lastBytes = performance.now();
    this.done = this.run(url, on).then(() => on.end(null), (error) => { if (!this.abort.signal.aborted) on.end(error); });
  }

  async run(url, on) {
    const response = await fetch(url, { signal: this.abort.signal, cache: 'no-store' });
    if (!response.ok) throw await refusal(response);
    this.lastBytes = performance.now();
    on.begin(response.headers);
    const parts = new Parts((frame) => { if (!this.abort.signal.aborted) on.frame(frame); });
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      this.lastBytes = performance.now();
      parts.feed(value);
    }
  }

  stop() { this.abort.abort(); }
}

// Reads the body of GET /mux: many streams in one response (schemas/mux.md). Messages follow each other, each with a
// header of 24 bytes, numbers big-endian:
//   u32 length of the payload | u8 type | u8 reserved | u16 stream | i64 offset | i64 timestamp, ms since the epoch
// Type 0 is JSON ({"streams": ["name", …]}: the names of the numbers; {"stream": "name", "state": "live"}: how one
// stands, with "video" where one begins), 1 JPEG, 2 PNG, 3 WebP, 4 a part of that video.

export interface Frame {
  stream: string;
  offset: number;
  timestamp: number;
  contentType: string;
  data: Uint8Array<ArrayBuffer>;
}
export const streamStates = ['live', 'waiting', 'unknown', 'ended', 'forbidden'] as const;
export type StreamState = (typeof streamStates)[number];
export interface Standing {
  stream: string;
  state: StreamState;
  reason: string;
  /** The Content-Type of a video that begins. */
  video?: string;
}
export type Message = { frame: Frame } | { standing: Standing };

export const muxContentType = 'application/vnd.framespool.mux';
export const headerBytes = 24;
export const maxPayload = 64 * 1024 * 1024;
const types: Record<number, string> = { 1: 'image/jpeg', 2: 'image/png', 3: 'image/webp', 4: 'video/mp4' };

export function isMux(contentType: string | null): boolean {
  return (contentType ?? '').split(';')[0]!.trim().toLowerCase() === muxContentType;
}

export class MuxReader {
  private held: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  private names: string[] = [];

  /** The messages that `chunk` completes. Throws when the bytes cannot be a mux body. */
  push(chunk: Uint8Array): Message[] {
    this.held = joined(this.held, chunk);
    const messages: Message[] = [];
    let at = 0;
    while (this.held.length - at >= headerBytes) {
      const view = new DataView(this.held.buffer, this.held.byteOffset + at, headerBytes);
      const length = view.getUint32(0);
      if (length > maxPayload)
        throw new Error(`mux: a payload of ${length} bytes is more than ${maxPayload}; the body is broken`);
      if (this.held.length - at < headerBytes + length) break;
      const payload = this.held.slice(at + headerBytes, at + headerBytes + length);
      const message = view.getUint8(4) === 0 ? this.told(payload) : this.pictured(view, payload);
      if (message) messages.push(message);
      at += headerBytes + length;
    }
    if (at > 0) this.held = this.held.slice(at);
    return messages;
  }

  private told(payload: Uint8Array): Message | null {
    const said = JSON.parse(new TextDecoder().decode(payload)) as {
      streams?: string[];
      stream?: string;
      state?: string;
      reason?: string;
      video?: string;
    };
    if (said.streams) this.names = said.streams;
    const state = streamStates.find((known) => known === said.state);
    // A state of a later version is skipped, as is a key.
    return said.stream !== undefined && state
      ? { standing: { stream: said.stream, state, reason: said.reason ?? '', video: said.video } }
      : null;
  }

  private pictured(view: DataView, payload: Uint8Array<ArrayBuffer>): Message | null {
    const contentType = types[view.getUint8(4)];
    const stream = this.names[view.getUint16(6)];
    // A type or stream of a later version is skipped: its length is known.
    if (!contentType || stream === undefined) return null;
    return {
      frame: {
        stream,
        contentType,
        offset: Number(view.getBigInt64(8)),
        timestamp: Number(view.getBigInt64(16)),
        data: payload,
      },
    };
  }
}

function joined(a: Uint8Array<ArrayBuffer>, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(a.length + b.length);
  result.set(a);
  result.set(b, a.length);
  return result;
}

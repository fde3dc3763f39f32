// How the value of a record can be shown that a worker has told as base64.

export type Shape =
  | { kind: 'null' }
  /** `cut`: it is the beginning of more. */
  | { kind: 'text'; text: string; cut: boolean }
  | { kind: 'image'; src: string }
  | { kind: 'bytes' };

const image = /^image\/(?:jpeg|png|webp|gif|bmp|avif)$/i;

/** `value` is all of `size` bytes or their beginning, or null. A picture it is by its content type, a text by itself. */
export function shapeOf(value: string | null, size: number, contentType: string): Shape {
  if (value === null) return { kind: 'null' };
  const bytes = Uint8Array.from(atob(value), (each) => each.charCodeAt(0));
  const cut = bytes.length < size;
  const type = contentType.trim();
  if (!cut && image.test(type)) return { kind: 'image', src: `data:${type.toLowerCase()};base64,${value}` };
  try {
    // What is cut may end within a character.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: cut });
    // eslint-disable-next-line no-control-regex -- these are what text does not have
    if (!/[\u0000-\u0008\u000e-\u001f]/.test(text)) return { kind: 'text', text, cut };
  } catch {
    // It is no text.
  }
  return { kind: 'bytes' };
}

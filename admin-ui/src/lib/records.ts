// Records of a topic as they lie there: which are asked for, and how a value is shown.
import type { TopicRecord } from '../api/types';
import { shapeOf } from './values';

/** Where a look begins. The newest: at the end of the partition. */
export type Place = 'newest' | 'offset' | 'time';
export interface Look {
  partition: number;
  place: Place;
  /** An offset, or a time in milliseconds; of the newest the offset that they end before, or nothing. */
  at: number | null;
  /** Null: of any key. Empty is a key. */
  key: string | null;
}

const whole = (text: string | undefined) => (text !== undefined && /^\d+$/.test(text) ? Number(text) : null);

/** What the query of the page's URL asks for; what it does not say, or says wrong, is the newest of partition 0. */
export function lookOf(query: Record<string, string>): Look {
  const offset = whole(query['offset']);
  const time = whole(query['time']);
  const place = offset !== null ? 'offset' : time !== null ? 'time' : 'newest';
  return {
    partition: whole(query['partition']) ?? 0,
    place,
    at: offset ?? time ?? whole(query['before']),
    key: query['keyed'] === 'true' ? (query['key'] ?? '') : null,
  };
}

/** The other way: every key that lookOf() reads, those that are not wanted as undefined. */
export const queryOf = ({ partition, place, at, key }: Look): Record<string, string | undefined> => ({
  partition: partition ? String(partition) : undefined,
  offset: place === 'offset' ? String(at ?? 0) : undefined,
  time: place === 'time' ? String(at ?? 0) : undefined,
  before: place === 'newest' && at !== null ? String(at) : undefined,
  keyed: key === null ? undefined : 'true',
  key: key ?? undefined,
});

/** As the worker is asked. */
export function searchOf(look: Look, more: Record<string, string> = {}): string {
  const { keyed: _, ...query } = queryOf(look);
  const given = Object.entries({ ...query, partition: String(look.partition), ...more });
  const search = new URLSearchParams();
  for (const [name, value] of given) if (value !== undefined) search.set(name, value);
  return search.toString();
}

/** What a field for a time was given, as local time; null: none. */
export function timeIn(text: string): number | null {
  const time = Date.parse(text);
  return Number.isFinite(time) && time >= 0 ? time : null;
}

/** How pictures begin. */
const beginnings: [type: string, bytes: RegExp][] = [
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/png', /^\x89PNG\r\n/],
  ['image/webp', /^RIFF[^]{4}WEBP/],
  ['image/gif', /^GIF8[79]a/],
];

/** By its header, or else by how it begins: other clients of a cluster write no such header. Empty: who knows. */
export function contentTypeOf(record: Pick<TopicRecord, 'headers' | 'value'>): string {
  const said = record.headers.find((header) => header.key === 'content-type')?.value;
  if (said) return said;
  const head = atob((record.value ?? '').slice(0, 32));
  return beginnings.find(([, bytes]) => bytes.test(head))?.[0] ?? '';
}

export type View = 'picture' | 'json' | 'text' | 'hex';
export const viewNames: Record<View, string> = { picture: 'Picture', json: 'JSON', text: 'Text', hex: 'Hex' };

const bytesOf = (value: string) => Uint8Array.from(atob(value), (each) => each.charCodeAt(0));

/** The ways in which a value can be shown, the best one first; none for a tombstone. */
export function viewsOf(record: TopicRecord): View[] {
  if (record.value === null) return [];
  const shape = shapeOf(record.value, record.value_bytes, contentTypeOf(record));
  if (shape.kind === 'image') return ['picture', 'hex'];
  if (shape.kind !== 'text') return ['hex'];
  return jsonOf(shape.text) === null ? ['text', 'hex'] : ['json', 'text', 'hex'];
}

/** Structured data, indented; null: it is none. A number or a word alone is text. */
export function jsonOf(text: string): string | null {
  if (!/^\s*[[{]/.test(text)) return null;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return null;
  }
}

const hexRow = 16;
/** Rows of place, bytes and what of them is ASCII; of large values the beginning. */
export function hexOf(value: string, most = 4096): string {
  const bytes = bytesOf(value).subarray(0, most);
  const rows = [];
  for (let at = 0; at < bytes.length; at += hexRow) {
    const row = [...bytes.subarray(at, at + hexRow)];
    const numbers = row.map((each) => each.toString(16).padStart(2, '0')).join(' ');
    const text = row.map((each) => (each >= 0x20 && each < 0x7f ? String.fromCharCode(each) : '.')).join('');
    rows.push(`${at.toString(16).padStart(6, '0')}  ${numbers.padEnd(hexRow * 3 - 1)}  ${text}`);
  }
  return rows.join('\n');
}

/** A value in one line of a table. */
export function previewOf(record: TopicRecord): string {
  if (record.value === null) return 'null (a tombstone)';
  if (record.value_bytes === 0) return 'empty';
  const type = contentTypeOf(record);
  // A picture of which the beginning came is one all the same.
  if (/^(image|video)\//i.test(type)) return type;
  const shape = shapeOf(record.value, record.value_bytes, type);
  return shape.kind === 'text' ? shape.text.slice(0, 200).replace(/\s+/g, ' ') : type || 'bytes';
}

/** The bytes of a value as something to save. */
export const blobOf = (record: TopicRecord) =>
  new Blob([bytesOf(record.value ?? '')], { type: contentTypeOf(record) || 'application/octet-stream' });

// One record that somebody writes by hand: what is typed, and what the worker is sent.
import type { NewRecord, TopicRecord, RecordBytes } from '../api/types';
import { contentTypeOf } from './records';
import { shapeOf } from './values';

/** How what is typed is meant. Kept: the bytes of a record that is shown, as they are. */
export type Form = 'text' | 'json' | 'base64' | 'null' | 'kept';
export const formNames: Record<Form, string> = {
  text: 'Text',
  json: 'JSON',
  base64: 'Base64',
  null: 'Null',
  kept: 'As it is',
};
export interface Typed {
  form: Form;
  text: string;
}
export interface Draft {
  key: Typed;
  value: Typed;
  headers: { key: string; value: string }[];
  /** Empty: the key decides. */
  partition: string;
  /** Empty: not said. */
  syncPoint: '' | 'each' | 'here' | 'before';
  /** The value that `kept` is, in base64. */
  kept: string;
}

/** Bytes that are no text come from the worker with this in their place. */
const lossy = (text: string) => text.includes('\ufffd');
/** What the worker cuts a key and a header's value to, in bytes. */
const longest = 4000;
const isWhole = (text: string) => !lossy(text) && new TextEncoder().encode(text).length < longest;

export const emptyDraft = (): Draft => ({
  key: { form: 'null', text: '' },
  value: { form: 'text', text: '' },
  headers: [],
  partition: '',
  syncPoint: '',
  kept: '',
});

/** A record that is shown, to be written again; and what of it cannot be said as it was. */
export function draftOf(shown: TopicRecord): { draft: Draft; lost: string[] } {
  const draft = emptyDraft();
  const lost: string[] = [];
  if (shown.key !== null) {
    if (isWhole(shown.key)) draft.key = { form: 'text', text: shown.key };
    else lost.push('its key');
  }
  for (const header of shown.headers) {
    if (isWhole(header.value) && !lossy(header.key)) draft.headers.push({ ...header });
    else lost.push(`header ${header.key}`);
  }
  draft.partition = String(shown.partition);
  const shape = shapeOf(shown.value, shown.value_bytes, contentTypeOf(shown));
  if (shown.value === null) draft.value = { form: 'null', text: '' };
  // A field for text would make other line ends of some.
  else if (shape.kind === 'text' && !shape.cut && !shape.text.includes('\r'))
    draft.value = { form: 'text', text: shape.text };
  else if (atob(shown.value).length === shown.value_bytes) {
    draft.kept = shown.value;
    draft.value = { form: 'kept', text: '' };
  } else lost.push('its value');
  return { draft, lost };
}

export type Wrong = Record<string, string>;

function bytesOf({ form, text }: Typed, kept: string, field: string, wrong: Wrong): RecordBytes {
  if (form === 'null') return null;
  if (form === 'text') return text;
  if (form === 'kept') return { base64: kept };
  if (form === 'base64') return { base64: text.replace(/\s+/g, '') };
  try {
    JSON.parse(text);
  } catch (error) {
    wrong[field] = `is no JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  // As it is typed: JavaScript would write large numbers as others.
  return text;
}

/** What is sent; or what is wrong before anything is, by field. */
export function recordOf(draft: Draft): { record: NewRecord; wrong: Wrong } {
  const wrong: Wrong = {};
  const made: NewRecord = { value: bytesOf(draft.value, draft.kept, 'value', wrong) };
  const key = bytesOf(draft.key, '', 'key', wrong);
  if (key !== null) made.key = key;
  if (draft.headers.length > 0) made.headers = draft.headers.map(({ key, value }) => ({ key, value }));
  if (draft.partition !== '') made.partition = Number(draft.partition);
  if (draft.syncPoint !== '') made.sync_point = draft.syncPoint;
  return { record: made, wrong };
}

/** The worker's problems by the field of the form that each belongs to; "" has what belongs to none. */
export function wrongOf(problems: { field?: string; message: string }[]): Wrong {
  const wrong: Wrong = {};
  for (const { field = '', message } of problems) {
    const place = field.replace(/\.base64$/, '');
    const known = /^(key|value|partition|sync_point|headers)/.exec(place)?.[1] ?? '';
    const told = known === '' && field ? `${field} ${message}` : message;
    const at = known === 'headers' ? place.replace(/^headers\[(\d+)\].*/, 'headers.$1') : known;
    wrong[at] = wrong[at] ? `${wrong[at]}; ${told}` : told;
  }
  return wrong;
}

// One door to the worker. At most two requests are under way at any time, so that a browser's six connections per host
// are never used up, whatever the page shows.

import type { Problem } from './types';
import { tellDate } from '../lib/skew';
import { restBase } from './base';

export interface Call {
  method: string;
  path: string;
  body?: unknown;
  timeoutMs?: number;
}

/** An answer that is no success, in the worker's own words; status 0: there was no answer. */
export class ApiError extends Error {
  constructor(
    readonly call: Call,
    readonly status: number,
    message: string,
    /** What came with it, as it came. */
    readonly body: unknown = undefined,
  ) {
    super(message);
    this.name = 'ApiError';
  }

  /** The same for programs; empty when the worker tells none. */
  get problems(): Problem[] {
    const told = (this.body as { problems?: unknown } | null | undefined)?.problems;
    return Array.isArray(told) ? (told as Problem[]) : [];
  }
}

const maxUnderWay = 2;
let underWay = 0;
const waiting: (() => void)[] = [];

async function acquire(urgent: boolean): Promise<void> {
  if (underWay < maxUnderWay) {
    underWay += 1;
    return;
  }
  await new Promise<void>((resolve) => (urgent ? waiting.unshift(resolve) : waiting.push(resolve)));
}

function release(): void {
  const next = waiting.shift();
  if (next) next();
  else underWay -= 1;
}

/** As long as any request: a script that does not come must not keep the page from noticing that nothing does. */
const partMs = 10_000;
let loading: Promise<unknown> = Promise.resolve();
/** Loads a part of the page, one after the other: its script and its styles come from the worker at once. */
export function load<T>(part: () => Promise<T>): Promise<T> {
  const begun = loading.then(() => acquire(true)).then(() => acquire(true));
  const loaded = begun.then(part);
  loading = begun
    .then(() => {
      const late = new Promise<void>((resolve) => setTimeout(resolve, partMs));
      return Promise.race([late, loaded.then(() => undefined)]).catch(() => undefined);
    })
    .then(() => {
      release();
      release();
    });
  return loaded;
}

/** The worker's own words. A page of HTML is a proxy's, and nothing to read. */
function messageOf(body: unknown, response: Response): string {
  const said = (body as { message?: unknown } | null | undefined)?.message;
  if (typeof said === 'string' && said !== '') return said;
  if (typeof body === 'string' && !body.trimStart().startsWith('<')) return body.trim().slice(0, 2000);
  return `${response.status} ${response.statusText}`.trim();
}

let onUnknown: () => void = () => undefined;
/** `told` is called whenever the worker answers that it does not know who asks. */
export function whenUnknown(told: () => void): void {
  onUnknown = told;
}

async function answerOf<T>(call: Call, response: Response): Promise<T> {
  const text = await response.text();
  let body: unknown;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    body = text;
  }
  if (response.ok) return body as T;
  if (response.status === 401) onUnknown();
  throw new ApiError(call, response.status, messageOf(body, response), body);
}

export async function send<T>(call: Call): Promise<T> {
  await acquire(call.method !== 'GET');
  try {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (call.body !== undefined) headers['Content-Type'] = 'application/json';
    const asked = Date.now();
    const response = await fetch(restBase() + call.path.slice(1), {
      method: call.method,
      headers,
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal: AbortSignal.timeout(call.timeoutMs ?? 10_000),
      cache: 'no-store',
    });
    tellDate(response.headers.get('Date'), asked, Date.now());
    return await answerOf<T>(call, response);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    const timedOut = error instanceof DOMException && error.name === 'TimeoutError';
    throw new ApiError(call, 0, timedOut ? 'The worker did not answer in time.' : 'The worker does not answer.');
  } finally {
    release();
  }
}

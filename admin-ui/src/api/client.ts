// One door to the worker. At most two requests are under way at any time, so that a browser's six connections per host
// are never used up, whatever the page shows.

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
  ) {
    super(message);
    this.name = 'ApiError';
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

/** The worker's origin. The page is served by the worker itself, below /ui/. */
export function workerOrigin(): string {
  return globalThis.location?.origin ?? '';
}

async function answerOf<T>(call: Call, response: Response): Promise<T> {
  const text = await response.text();
  let body: unknown = undefined;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    body = text;
  }
  if (response.ok) return body as T;
  const message = (body as { message?: string } | undefined)?.message ?? (text || `${response.status} ${response.statusText}`);
  throw new ApiError(call, response.status, message);
}

export async function send<T>(call: Call): Promise<T> {
  await acquire(call.method !== 'GET');
  try {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (call.body !== undefined) headers['Content-Type'] = 'application/json';
    const response = await fetch(call.path, {
      method: call.method,
      headers,
      body: call.body === undefined ? null : JSON.stringify(call.body),
      signal: AbortSignal.timeout(call.timeoutMs ?? 10_000),
      cache: 'no-store',
    });
    return await answerOf<T>(call, response);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    const timedOut = error instanceof DOMException && error.name === 'TimeoutError';
    throw new ApiError(call, 0, timedOut ? 'The worker did not answer in time.' : 'The worker does not answer.');
  } finally {
    release();
  }
}

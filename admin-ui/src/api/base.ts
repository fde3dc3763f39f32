// Where the worker's REST API is: the folder that holds ui/, wherever a proxy has put that.

/** The API's base of a page at `document`, with a slash at its end: …/ui/ is the page's own folder. */
export function baseOf(document: string): string {
  const url = new URL('.', document);
  return url.origin + url.pathname.replace(/(^|\/)ui\/$/, '$1');
}

export const restBase = (): string => (globalThis.document ? baseOf(document.baseURI) : '');

/** The same as people write it, without the slash at its end: for curl. */
export const workerOrigin = (): string => restBase().replace(/\/$/, '');

/** And as a name: box:8083, or proxy.example.org/cams. */
export const workerName = (): string => workerOrigin().replace(/^https?:\/\//, '');

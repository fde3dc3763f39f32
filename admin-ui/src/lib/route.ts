// Where the page is, as the part of the URL behind '#'. Everything that a reload must bring back stands here: screen,
// connector, tab, filters, selected task, replay time. Kept behind '#' so that any static file server can serve the page.

export const places = ['pipelines', 'connectors', 'wall', 'topics', 'replay', 'logs', 'worker'] as const;
export type Place = (typeof places)[number];

export interface Route {
  place: Place;
  /** The connector or topic below the place, or the name of a sub-page: 'create'. */
  segments: string[];
  query: Record<string, string>;
}

export const home: Route = { place: 'pipelines', segments: [], query: {} };

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A place that does not exist leads home. */
export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#/, '');
  const mark = text.indexOf('?');
  const path = mark < 0 ? text : text.slice(0, mark);
  const [place, ...segments] = path
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
  if (!places.includes(place as Place)) return { ...home };
  const query: Record<string, string> = {};
  for (const [key, value] of new URLSearchParams(mark < 0 ? '' : text.slice(mark + 1))) query[key] = value;
  return { place: place as Place, segments, query };
}

export function formatRoute(route: {
  place: Place;
  segments?: string[];
  query?: Record<string, string | undefined>;
}): string {
  const path = [route.place, ...(route.segments ?? [])].map(encodeURIComponent).join('/');
  const search = new URLSearchParams();
  for (const key of Object.keys(route.query ?? {}).sort()) {
    const value = route.query?.[key];
    if (value !== undefined && value !== '') search.set(key, value);
  }
  const text = search.toString();
  return `#/${path}${text === '' ? '' : `?${text}`}`;
}

export const to = {
  connector: (name: string, query: Record<string, string | undefined> = {}) =>
    formatRoute({ place: 'connectors', segments: [name], query }),
  edit: (name: string, field?: string) =>
    formatRoute({ place: 'connectors', segments: [name, 'edit'], query: { field } }),
  create: (query: Record<string, string | undefined> = {}) =>
    formatRoute({
      place: 'connectors',
      segments: [],
      query: { ...query, create: query['plugin'] ? 'configure' : 'plugin' },
    }),
  topic: (name: string) => formatRoute({ place: 'topics', segments: [name] }),
  records: (topic: string, query: Record<string, string | undefined> = {}) =>
    formatRoute({ place: 'topics', segments: [topic, 'records'], query }),
  replay: (topic: string, query: Record<string, string | undefined> = {}) =>
    formatRoute({ place: 'replay', segments: [topic], query }),
  plugin: (cls: string) => formatRoute({ place: 'worker', segments: [cls] }),
  failed: () => formatRoute({ place: 'connectors', query: { state: 'FAILED' } }),
};

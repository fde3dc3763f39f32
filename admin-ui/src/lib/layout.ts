// What a live wall shows and how, as its URL says it: `#/wall?streams=cam1,cam2&columns=2&kiosk=true`. A name is
// percent-encoded before it stands in the list, since it may have a comma.

export interface Layout {
  /** In their order; null: all that there are, by name. */
  streams: string[] | null;
  /** null: as many as fit. */
  columns: number | null;
  /** The streams and nothing else. */
  kiosk: boolean;
}

export const mostColumns = 8;

const listed = (text: string): string[] => [
  ...new Set(
    text
      .split(',')
      .filter((part) => part !== '')
      .map((part) => {
        try {
          return decodeURIComponent(part);
        } catch {
          return part;
        }
      }),
  ),
];

export function layoutOf(query: Record<string, string>): Layout {
  const columns = Number(query['columns']);
  const streams = listed(query['streams'] ?? '');
  return {
    streams: streams.length > 0 ? streams : null,
    columns: Number.isInteger(columns) && columns >= 1 && columns <= mostColumns ? columns : null,
    kiosk: query['kiosk'] === 'true',
  };
}

export const queryOf = (layout: Layout): Record<string, string | undefined> => ({
  streams: layout.streams === null ? undefined : layout.streams.map(encodeURIComponent).join(','),
  columns: layout.columns === null ? undefined : String(layout.columns),
  kiosk: layout.kiosk ? 'true' : undefined,
});

/** Those that the layout names, whether they are there or not; without a list, all `there`. */
export const shownBy = (layout: Layout, there: string[]): string[] => layout.streams ?? there;

/** With `name` one place up (-1) or down (1); as it was at either end. */
export function moved(streams: string[], name: string, by: -1 | 1): string[] {
  const from = streams.indexOf(name);
  const to = from + by;
  if (from < 0 || to < 0 || to >= streams.length) return streams;
  const next = [...streams];
  next[from] = streams[to]!;
  next[to] = name;
  return next;
}

const aspect = 16 / 9;

/** How many columns show `count` pictures largest in a window. */
export function fittingColumns(count: number, width: number, height: number): number {
  let best = 1;
  let most = 0;
  for (let columns = 1; columns <= Math.max(count, 1); ++columns) {
    const tile = tileWidth(count, columns, width, height);
    if (tile >= most) [best, most] = [columns, tile];
  }
  return best;
}

/** The width of a tile when `count` of them fill a window in `columns`, and none is cut off. */
export function tileWidth(count: number, columns: number, width: number, height: number): number {
  const rows = Math.ceil(Math.max(count, 1) / columns);
  return Math.min(width / columns, (height / rows) * aspect);
}

/** What is asked of the worker for a tile of so many pixels: few sizes, since each is made by itself. */
export const askedWidth = (tile: number): number => [320, 640, 960].find((width) => width >= tile) ?? 1280;

import { describe, expect, it } from 'vitest';
import { askedWidth, fittingColumns, layoutOf, moved, queryOf, shownBy, tileWidth } from './layout';
import { formatRoute, parseRoute } from './route';

const through = (streams: string[] | null, columns: number | null, kiosk: boolean) =>
  layoutOf(parseRoute(formatRoute({ place: 'wall', query: queryOf({ streams, columns, kiosk }) })).query);

describe('a layout', () => {
  it('comes back from its URL, whatever the names', () => {
    const names = ['b', 'a,b', '50%', 'Straße & Söhne', 'a/b?c#d', '<b>', '%2C', ' '];
    expect(through(names, 3, true)).toEqual({ streams: names, columns: 3, kiosk: true });
    expect(through(null, null, false)).toEqual({ streams: null, columns: null, kiosk: false });
  });
  it('takes what nobody wrote for nothing', () => {
    for (const columns of ['0', '9', '-1', '1.5', 'x', ''])
      expect(layoutOf({ columns, streams: ',,', kiosk: 'yes' })).toEqual({
        streams: null,
        columns: null,
        kiosk: false,
      });
    expect(layoutOf({ streams: 'a,%,a' }).streams).toEqual(['a', '%']);
  });
  it('shows what it names, also what is not there now', () => {
    expect(shownBy(layoutOf({ streams: 'z,a' }), ['a', 'b'])).toEqual(['z', 'a']);
    expect(shownBy(layoutOf({}), ['a', 'b'])).toEqual(['a', 'b']);
  });
  it('moves a stream, and none over an end', () => {
    expect(moved(['a', 'b', 'c'], 'c', -1)).toEqual(['a', 'c', 'b']);
    expect(moved(['a', 'b'], 'a', -1)).toEqual(['a', 'b']);
    expect(moved(['a', 'b'], 'b', 1)).toEqual(['a', 'b']);
    expect(moved(['a', 'b'], 'x', 1)).toEqual(['a', 'b']);
  });
});

describe('a grid', () => {
  it('shows pictures as large as the window lets it, and cuts none off', () => {
    expect(fittingColumns(1, 1920, 1080)).toBe(1);
    expect(fittingColumns(4, 1920, 1080)).toBe(2);
    expect(fittingColumns(5, 1920, 1080)).toBe(3);
    expect(fittingColumns(3, 390, 844)).toBe(1);
    expect(fittingColumns(0, 1920, 1080)).toBe(1);
    expect(tileWidth(4, 1, 1920, 1080)).toBe(480);
    expect(tileWidth(4, 2, 1920, 1080)).toBe(960);
  });
  it('asks for few widths', () => {
    expect([1, 320, 321, 900, 5000].map(askedWidth)).toEqual([320, 320, 640, 960, 1280]);
  });
});

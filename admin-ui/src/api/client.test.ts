import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { load, send } from './client';

describe('parts of the page', () => {
  const asked: string[] = [];
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('document', { baseURI: 'http://h:8083/ui/' });
    vi.stubGlobal('fetch', (url: string) => {
      asked.push(url);
      return Promise.resolve(new Response('[]'));
    });
    asked.length = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
  const ask = () => send({ method: 'GET', path: '/connectors' });

  it('come one after the other', async () => {
    const begun: string[] = [];
    const ends: (() => void)[] = [];
    const part = (name: string) => () => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.push(() => resolve(name)));
    };
    const parts = [load(part('a')), load(part('b'))];
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(['a']);
    ends.shift()!();
    await vi.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(['a', 'b']);
    ends.shift()!();
    expect(await Promise.all(parts)).toEqual(['a', 'b']);
  });

  it('that fail make room for what comes', async () => {
    await expect(load(() => Promise.reject(new Error('no script')))).rejects.toThrow('no script');
    await ask();
    expect(asked).toHaveLength(1);
  });

  it('that never come do not keep the page from asking for ever', async () => {
    void load(() => new Promise(() => undefined));
    await vi.advanceTimersByTimeAsync(0);
    const answer = ask();
    await vi.advanceTimersByTimeAsync(9_000);
    expect(asked).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(2_000);
    await answer;
    expect(asked).toHaveLength(1);
  });
});

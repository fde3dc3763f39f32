import { describe, expect, it } from 'vitest';
import { draftOf, watchUrl } from './viewerlinks';

const form = { minutes: 60, isSpan: false, from: '', to: '', fps: '' };

describe('a draft of a link', () => {
  it('is of the live stream where nothing else is said', () => {
    expect(draftOf('cam', { ...form, from: 'x', to: 'y' })).toEqual({
      link: { connector: 'cam', minutes: 60 },
      wrong: '',
    });
  });
  it('has both ends of a span, in order', () => {
    const span = { ...form, isSpan: true, from: '2026-01-02T03:04:05', to: '2026-01-02T03:05:05' };
    const { link, wrong } = draftOf('cam', span);
    expect(wrong).toBe('');
    expect(link.to! - link.from!).toBe(60_000);
    expect(draftOf('cam', { ...span, to: '' }).wrong).toMatch(/two ends/);
    expect(draftOf('cam', { ...span, to: span.from }).wrong).toMatch(/later/);
  });
  it('has a rate that a sink takes', () => {
    expect(draftOf('cam', { ...form, fps: ' 0,5 ' }).link.fps).toBe(0.5);
    for (const odd of ['0', '61', '-1', 'fast', 'NaN', 'Infinity'])
      expect(draftOf('cam', { ...form, fps: odd }).wrong).toMatch(/0\.1 to 60/);
  });
});

it('stands behind the stream, with or without a path', () => {
  expect(watchUrl('http://box:5000/', 'fs_1')).toBe('http://box:5000/watch?link=fs_1');
  expect(watchUrl('https://box/cam', 'a&b')).toBe('https://box/cam/watch?link=a%26b');
});

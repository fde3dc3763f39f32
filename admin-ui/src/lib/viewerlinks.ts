// What the dialog for viewer links asks the worker for.
import type { LinkWish } from '../api/types';

/** As it is typed: times as <input type="datetime-local"> has them, in the browser's time zone. */
export interface LinkForm {
  minutes: number;
  isSpan: boolean;
  from: string;
  to: string;
  fps: string;
}

/** The link to ask for, or what is wrong. */
export function draftOf(connector: string, form: LinkForm): { link: LinkWish; wrong: string } {
  const link: LinkWish = { connector, minutes: form.minutes };
  if (form.isSpan) {
    const [from, to] = [form.from, form.to].map((text) => new Date(text).getTime());
    if (from === undefined || to === undefined || Number.isNaN(from) || Number.isNaN(to))
      return { link, wrong: 'A span has two ends: say from when, and to when.' };
    if (from >= to) return { link, wrong: 'A span ends later than it begins.' };
    Object.assign(link, { from, to });
  }
  const typed = form.fps.trim().replace(',', '.');
  if (typed !== '') {
    const fps = Number(typed);
    if (!(fps >= 0.1 && fps <= 60))
      return { link, wrong: `Pictures a second are a number from 0.1 to 60, not “${form.fps.trim()}”.` };
    link.fps = fps;
  }
  return { link, wrong: '' };
}

/** The player of a stream, by a link. */
export function watchUrl(streamUrl: string, link: string): string {
  return `${streamUrl.replace(/\/+$/, '')}/watch?link=${encodeURIComponent(link)}`;
}

// Where a sink's stream is as this browser reaches it, and whether a page like this one may show it.
import type { Config, Metric, Metrics } from '../api/types';
import { settingOf, toldText } from './roles';

export interface Page {
  protocol: string;
  hostname: string;
}
export interface Stream {
  url: string;
  /** Of any sink on that port: many streams in one body; empty: it has none. */
  mux: string;
  /** The key of its config that says where it is reached; empty: it has none. */
  setting: string;
  /** Whether the config says it. */
  advertised: boolean;
  /** Why this page cannot show it, and what to do; empty: it can. */
  blocked: string;
  /** It is an address of the machine itself, and the page came from elsewhere: whether that is here, nobody can tell. */
  doubtful: boolean;
}

const everywhere = new Set(['0.0.0.0', '[::]', '::', '*']);

export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}

/** An http(s) URL, or null: nothing else becomes a link. */
function web(text: string): URL | null {
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url : null;
  } catch {
    return null;
  }
}

/**
 * What a sink tells is where it listens, unless its config says where it is reached; everywhere is where the page came
 * from.
 */
export function streamOf(metrics: Metrics, declared: Metric[], config: Config, page: Page): Stream | null {
  const setting = settingOf(declared, 'stream');
  const advertised = web(config[setting] ?? '') !== null;
  const here = (text: string | null) => {
    const url = web(text ?? '');
    if (url && !advertised && everywhere.has(url.hostname)) url.hostname = page.hostname;
    return url;
  };
  const url = here(toldText(metrics, declared, 'stream'));
  if (!url) return null;
  const mux = here(toldText(metrics, declared, 'streams'))?.href ?? '';
  // A browser takes its own machine for safe whatever the protocol.
  const mixed = page.protocol === 'https:' && url.protocol === 'http:' && !isLoopback(url.hostname);
  return {
    url: url.href,
    mux,
    setting,
    advertised,
    blocked: mixed
      ? `The stream is http:// (${url.host}), which no browser shows on an https:// page: ${todo(setting, advertised)}.`
      : '',
    doubtful: isLoopback(url.hostname) && !isLoopback(page.hostname),
  };
}

function todo(setting: string, advertised: boolean): string {
  if (setting === '') return 'open this page by http://';
  return advertised ? `give ${setting} an https:// address` : `set ${setting} to where an https:// proxy passes it on`;
}

// Where a sink's stream is as this browser reaches it, and whether a page like this one may show it.
import type { Config, Metrics } from '../api/types';

export interface Page {
  protocol: string;
  hostname: string;
}
export interface Stream {
  url: string;
  /** Of any sink on that port: many streams in one body. */
  mux: string;
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

const withoutSlash = (text: string) => text.replace(/\/+$/, '');
const pathOf = (config: Config) => {
  const path = (config['http.path'] ?? '/').trim();
  return path.startsWith('/') ? path : `/${path}`;
};

/** An address that is told to the world comes first, then the one it listens on: everywhere is where the page came from. */
export function streamOf(metrics: Metrics, config: Config, page: Page): Stream | null {
  const port = metrics['http_port'];
  const running = (typeof port === 'number' && port > 0) || typeof metrics['url'] === 'string';
  if (!running) return null;
  const advertised = web(config['http.advertised.url'] ?? '');
  if (advertised) {
    const base = withoutSlash(advertised.origin + advertised.pathname);
    return judged(new URL(base + pathOf(config)), `${base}/mux`, page, true);
  }
  const host = (config['http.host'] ?? '127.0.0.1').trim();
  const told = typeof metrics['url'] === 'string' ? web(metrics['url']) : null;
  const url =
    told ??
    web(`http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${String(port)}${pathOf(config)}`);
  if (!url) return null;
  if (everywhere.has(url.hostname)) url.hostname = page.hostname;
  return judged(url, `${url.origin}/mux`, page, false);
}

function judged(url: URL, mux: string, page: Page, advertised: boolean): Stream {
  // A browser takes its own machine for safe whatever the protocol.
  const mixed = page.protocol === 'https:' && url.protocol === 'http:' && !isLoopback(url.hostname);
  const todo = advertised
    ? 'give http.advertised.url an https:// address'
    : 'set http.advertised.url to where an https:// proxy passes it on';
  const blocked = mixed
    ? `The stream is http:// (${url.host}), which no browser shows on an https:// page: ${todo}.`
    : '';
  return { url: url.href, mux, blocked, doubtful: isLoopback(url.hostname) && !isLoopback(page.hostname) };
}

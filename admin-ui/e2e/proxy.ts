// What stands in front of a worker in the field: a proxy that ends TLS under a path of its own. And one that only counts
// the connections it carries.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer as createPlain, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

/** Which origin a path belongs to: '/fs/' → 'http://127.0.0.1:8083/'. */
export type Routes = Record<string, string>;

export interface Proxy {
  port: number;
  close(): Promise<void>;
}

const ended = (server: Server, sockets: Set<Socket>) =>
  new Promise<void>((done) => {
    server.close(() => done());
    for (const socket of sockets) socket.destroy();
  });

function listen(server: Server): Promise<Proxy> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return new Promise((done) =>
    server.listen(0, '127.0.0.1', () =>
      done({ port: (server.address() as AddressInfo).port, close: () => ended(server, sockets) }),
    ),
  );
}

/** A certificate for `host` that nobody has signed but itself. */
function certificate(folder: string, host: string): { key: Buffer; cert: Buffer } {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const names = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:prime256v1',
      '-nodes',
      '-days',
      '2',
      '-keyout',
      key,
      '-out',
      cert,
      ...names,
    ],
    { stdio: 'ignore' },
  );
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

/** `headers` are added to what comes from below each path. */
export function tlsProxy(
  folder: string,
  host: string,
  routes: () => Routes,
  headers: Record<string, string> = {},
): Promise<Proxy> {
  return listen(createSecure(certificate(folder, host), passing(routes, headers)) as unknown as Server);
}

/** The same without TLS. */
export const plainProxy = (routes: () => Routes): Promise<Proxy> =>
  listen(createPlain(passing(routes, {})) as unknown as Server);

function passing(routes: () => Routes, headers: Record<string, string>) {
  return (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const found = Object.entries(routes()).find(([path]) => incoming.url!.startsWith(path));
    if (!found) {
      outgoing.writeHead(404, { 'Content-Type': 'text/html' }).end('<h1>404: the proxy has no such path</h1>');
      return;
    }
    const target = new URL(incoming.url!.slice(found[0].length), found[1]);
    // Such proxies name the server behind them; a page of its own origin asks, so there is no other to tell.
    const { origin: _, ...kept } = incoming.headers;
    const onward = request(target, { method: incoming.method, headers: { ...kept, host: target.host } }, (answer) => {
      outgoing.writeHead(answer.statusCode!, { ...answer.headers, ...headers });
      answer.pipe(outgoing);
    });
    onward.on('error', () =>
      outgoing.headersSent
        ? outgoing.destroy()
        : outgoing.writeHead(502, { 'Content-Type': 'text/html' }).end('<h1>502</h1>'),
    );
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  };
}

export interface Counter extends Proxy {
  open(): number;
  /** The most that were open at a time since the last call. */
  most(): number;
  /** Ends every connection, and is done once none is left. */
  sever(): Promise<void>;
}

/** Carries connections to 127.0.0.1:`target` and counts every one, however short. */
export async function countingProxy(target: number): Promise<Counter> {
  let open = 0;
  let most = 0;
  const carried = new Set<() => void>();
  const server = createServer((near) => {
    open += 1;
    most = Math.max(most, open);
    const far = connect(target, '127.0.0.1');
    near.pipe(far).pipe(near);
    const over = () => {
      near.destroy();
      far.destroy();
    };
    for (const end of [near, far]) end.on('error', over).on('close', over);
    // Whoever has said that he sends no more has let go of it: what is on its way back to him does not count.
    let held = true;
    const release = () => {
      if (held) open -= 1;
      held = false;
    };
    near.once('end', release).once('close', release);
    carried.add(over);
    near.once('close', () => carried.delete(over));
  });
  const proxy = await listen(server);
  return {
    ...proxy,
    open: () => open,
    sever: async () => {
      for (const over of carried) over();
      while (carried.size > 0) await new Promise((done) => setImmediate(done));
    },
    most: () => {
      const seen = most;
      most = open;
      return seen;
    },
  };
}

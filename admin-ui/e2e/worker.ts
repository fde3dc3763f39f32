// A worker of its own for each spec file: a real process on a free port, with an empty data folder.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, openSync, closeSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const build = resolve(process.env['E2E_BUILD'] ?? '../build/release');
/** The templates as well: a source of texts and a sink into a file are handy here. */
export const plugins = `${join(build, 'plugins')},${join(build, 'plugins-templates')}`;

/**
 * Below the ports that the kernel gives to whoever connects, so that it stays free while nobody listens there; and below those
 * of the other tests (tests/e2e/harness/worker.py), which may run beside these.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 5_000);
    const free = await new Promise<boolean>((done) => {
      const server = createServer();
      server.on('error', () => done(false));
      server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
    });
    if (free) return port;
  }
}

export async function until<T>(what: string, ask: () => Promise<T | undefined | false>, ms = 120_000): Promise<T> {
  const end = Date.now() + ms;
  let last: unknown;
  while (Date.now() < end) {
    try {
      const found = await ask();
      if (found) return found;
    } catch (error) {
      last = error;
    }
    await new Promise((done) => setTimeout(done, 50)); // decides nothing: it is looked again until the deadline
  }
  throw new Error(`not within ${ms} ms: ${what}${last ? ` (${String(last)})` : ''}`);
}

export interface Answer {
  status: number;
  body: any;
}

export class Worker {
  readonly folder = mkdtempSync(join(tmpdir(), 'framespool-e2e-'));
  private process: ChildProcess | undefined;
  private log = join(this.folder, 'worker.log');
  url = '';
  /** What the tests' own requests show of who sends them. */
  authorization = '';

  /** `more`: a further folder of plugins. `users`: name and role of each, all with `password`; the first must be an admin. */
  static async start(more = '', users: Record<string, string> = {}, password = ''): Promise<Worker> {
    const worker = new Worker();
    const file = join(worker.folder, 'users');
    for (const [name, role] of Object.entries(users)) {
      execFileSync(join(build, 'bin', 'framespool'), ['user', 'add', file, name, role], {
        input: `${password}\n`,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      worker.authorization ||= `Basic ${btoa(`${name}:${password}`)}`;
    }
    worker.url = `http://127.0.0.1:${await freePort()}`;
    // Insecure where there are no users: sinks may listen everywhere, as they would behind a proxy.
    writeFileSync(
      join(worker.folder, 'worker.properties'),
      `listeners=${worker.url}\ndata.dir=${join(worker.folder, 'data')}\nplugin.path=${plugins}${more && `,${more}`}\n` +
        (worker.authorization ? `listeners.users.file=${file}\n` : 'listeners.insecure=true\n'),
    );
    await worker.run();
    return worker;
  }

  async run(): Promise<void> {
    const out = openSync(this.log, 'a');
    this.process = spawn(join(build, 'bin', 'framespool'), ['worker', join(this.folder, 'worker.properties')], {
      stdio: ['ignore', out, out],
    });
    closeSync(out);
    await until(
      `the worker at ${this.url} is healthy; its log: ${readFileSync(this.log, 'utf8').slice(-2000)}`,
      async () => (await fetch(`${this.url}/health`, { headers: this.shown() })).ok,
    );
  }

  /** Ends the process and keeps its data. */
  async halt(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.process;
    this.process = undefined;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), 30_000); // decides nothing: only how long the end of a test may take
    await gone;
    clearTimeout(late);
  }

  async end(): Promise<void> {
    await this.halt();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A video of `seconds` at 30 fps with a moving picture. */
  video(name: string, seconds = 4): string {
    const file = join(this.folder, name);
    execFileSync('ffmpeg', [
      '-v',
      'error',
      '-y',
      '-f',
      'lavfi',
      '-i',
      `testsrc2=size=320x180:rate=30:duration=${seconds}`,
      '-pix_fmt',
      'yuv420p',
      '-g',
      '15',
      file,
    ]);
    return file;
  }

  /** `frames` pictures at 30 fps, which carry their number in 12 blocks of black and white (e2e/numbers.ts). */
  numbered(name: string, frames: number, encoder: string[]): string {
    const file = join(this.folder, name);
    const bit = (k: number) =>
      `drawbox=x=${k * 32}:y=0:w=32:h=48:color=white:t=fill:enable='gte(mod(floor(n/${2 ** k}),2),1)'`;
    const blocks = Array.from({ length: 12 }, (_, k) => bit(k)).join(',');
    const source = `color=black:size=384x216:rate=30:duration=${frames / 30},${blocks}`;
    const how = ['-pix_fmt', 'yuv420p', '-g', '30', ...encoder, file];
    execFileSync('ffmpeg', ['-v', 'error', '-y', '-f', 'lavfi', '-i', source, ...how]);
    return file;
  }

  private shown(): Record<string, string> {
    return this.authorization === '' ? {} : { Authorization: this.authorization };
  }

  async rest(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: { ...this.shown(), ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  }

  async create(name: string, config: Record<string, string>, initial_state = 'RUNNING'): Promise<void> {
    const answer = await this.rest('POST', '/connectors', { name, config, initial_state });
    if (answer.status !== 201)
      throw new Error(`${name} was not created: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  source(name: string, file: string, topic: string, more: Record<string, string> = {}): Promise<void> {
    return this.create(name, { 'connector.class': 'VideoFileSource', file, topic, ...more });
  }

  async sink(name: string, topic: string, more: Record<string, string> = {}): Promise<void> {
    await this.create(name, { 'connector.class': 'MjpegHttpSink', topics: topic, 'http.port': '0', ...more });
    await this.state(name, 'RUNNING');
  }

  /** Waits until the connector and all its tasks are in `state`. */
  async state(name: string, state: string): Promise<void> {
    await until(`${name} is ${state}`, async () => {
      const { body } = await this.rest('GET', `/connectors/${encodeURIComponent(name)}/status`);
      const states: string[] =
        state === 'FAILED'
          ? body.tasks.map((t: any) => t.state)
          : [body.connector.state, ...body.tasks.map((t: any) => t.state)];
      return states.length > (state === 'RUNNING' ? 1 : 0) && states.every((s) => s === state);
    });
  }

  /** The port of a sink, once its task has told it. */
  portOf(name: string): Promise<number> {
    return until(`${name} tells its port`, async () => {
      const { body } = await this.rest('GET', `/connectors/${encodeURIComponent(name)}/status`);
      return body.tasks?.[0]?.metrics?.http_port as number | undefined;
    });
  }

  /** Waits until the topic holds at least `frames`. */
  async frames(topic: string, frames: number): Promise<void> {
    await until(`${topic} holds ${frames} frames`, async () => {
      const { body } = await this.rest('GET', `/topics/${encodeURIComponent(topic)}`);
      return body.partitions?.[0]?.end_offset >= frames;
    });
  }

  async clear(): Promise<void> {
    const { body } = await this.rest('GET', '/connectors');
    for (const name of body as string[]) {
      const at = `/connectors/${encodeURIComponent(name)}`;
      // Offsets outlive a connector: the next test's one of the same name would go on where this one was. They can be
      // deleted when its tasks have ended.
      await this.rest('PUT', `${at}/stop`);
      await until(`the offsets of ${name} are deleted`, async () => {
        const { status } = await this.rest('DELETE', `${at}/offsets`);
        return status === 200 || status === 404;
      });
      await this.rest('DELETE', at);
    }
    const topics = await this.rest('GET', '/topics');
    if (topics.status === 200)
      for (const topic of topics.body) await this.rest('DELETE', `/topics/${encodeURIComponent(topic.name)}`);
  }
}

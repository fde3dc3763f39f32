// What the page knows of the worker: one poll loop fills it, every screen reads it.
import { ApiError } from '../api/client';
import { rest } from '../api/rest';
import type { Config, Expanded, Health, Topic, WorkerEvent, WorkerInfo } from '../api/types';
import { metricsAsked, metricsOf } from './declared.svelte';
import { activityOf, type Activity } from './events';
import { answered, unanswered, type Link } from './link';
import { buildRows, totalsOf, type Row, type Totals } from './pipelines';
import { sampleOf, topicsOf, vitalsOf, type Sample, type Vitals } from './vitals';
import { workerNow } from './skew';
import type { ListRow } from './table';

const tickMs = 1000;
const hiddenTickMs = 15_000;
/** Rates are taken over about this long. */
const rateMs = 8000;
const keptEvents = 500;

const classOf = (info: { config: Config } | undefined) => info?.config['connector.class'] ?? '';

class Store {
  link = $state.raw<Link>({ state: 'connecting' });
  connectors = $state.raw<Record<string, Expanded>>({});
  topics = $state.raw<Topic[]>([]);
  worker = $state.raw<WorkerInfo | null>(null);
  events = $state.raw<WorkerEvent[]>([]);
  vitals = $state.raw<Map<string, Vitals>>(new Map());
  /** Changes with each answer. */
  now = $state(Date.now());
  loaded = $state(false);
  /** The worker's time, every second, whether it answers or not: what it tells times of is aged by it. */
  clock = $state(Date.now());
  /** The browser's time, as often: for what this page itself has done or waits for. */
  ticks = $state(Date.now());
  health = $state.raw<Health | null>(null);
  /** Why the worker, which is there, does not tell its connectors; empty: it does, or is not there. */
  refusal = $state('');
  /** How often the worker has been started anew under this page: what counts from its start counts from the beginning. */
  restarts = $state(0);

  readonly rows: Row[] = $derived(buildRows(this.connectors, this.vitals, this.topics));
  readonly totals: Totals = $derived(totalsOf([...this.vitals.values()]));
  readonly list: ListRow[] = $derived.by(() => {
    const known = this.topics.map((topic) => topic.name);
    return [...this.vitals.values()].map((vitals) => {
      const { info, status } = this.connectors[vitals.name]!;
      return { vitals, state: status.connector.state, topics: topicsOf(info.config, info.type, known) };
    });
  });
  readonly activity: Map<string, Activity> = $derived(activityOf(this.events));

  private boot = '';
  private samples = new Map<string, Sample[]>();
  private nextEvent = 0;
  private lastSeen: number | null = null;
  private round = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running = false;
  private again = false;
  private listeners = new Set<() => void>();

  start(): () => void {
    const clock = setInterval(() => {
      this.clock = workerNow();
      this.ticks = Date.now();
    }, 1000);
    const onVisible = () => {
      if (!document.hidden) this.refresh();
    };
    document.addEventListener('visibilitychange', onVisible);
    addEventListener('online', onVisible);
    void this.tick();
    return () => {
      clearInterval(clock);
      clearTimeout(this.timer);
      document.removeEventListener('visibilitychange', onVisible);
      removeEventListener('online', onVisible);
    };
  }

  /** Called after each good answer. */
  onUpdate(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Asks now, not at the next tick. */
  refresh(everything = false): void {
    if (everything) this.round = 0;
    if (this.running) {
      this.again = true;
      return;
    }
    clearTimeout(this.timer);
    void this.tick();
  }

  private async tick(): Promise<void> {
    this.running = true;
    this.again = false;
    try {
      const before = this.link.state;
      if (before === 'lost') this.round = 0;
      const connectors = await rest.connectors();
      // What their figures mean, so that the first picture of them is right.
      await Promise.all(Object.values(connectors).map(({ info }) => metricsAsked(classOf(info))));
      this.take(connectors);
      const slow = this.round % 3 === 0;
      const results = slow ? await Promise.allSettled([this.loadWorker(), this.loadTopics(), this.loadHealth()]) : [];
      await this.loadEvents().catch(() => undefined);
      const lost = results.find(
        (r) => r.status === 'rejected' && r.reason instanceof ApiError && r.reason.status === 0,
      );
      if (lost?.status === 'rejected') throw lost.reason;
      this.round += 1;
      this.lastSeen = Date.now();
      this.link = answered(this.link, this.lastSeen);
      this.refusal = '';
    } catch (error) {
      // An answer that is a refusal tells more than no answer.
      this.refusal = error instanceof ApiError && error.status > 0 ? error.message : '';
      if (this.refusal !== '') await this.loadHealth().catch(() => undefined);
      this.link = unanswered(this.link, Date.now(), this.lastSeen);
    } finally {
      this.running = false;
    }
    this.timer = setTimeout(() => void this.tick(), this.again ? 0 : this.pause());
  }

  private pause(): number {
    if (this.link.state === 'lost') return Math.max(0, this.link.retryAt - Date.now());
    return document.hidden ? hiddenTickMs : tickMs;
  }

  private take(connectors: Record<string, Expanded>): void {
    const now = performance.now();
    const page = { protocol: location.protocol, hostname: location.hostname };
    const vitals = new Map<string, Vitals>();
    for (const [name, expanded] of Object.entries(connectors)) {
      if (!expanded.status || !expanded.info) continue;
      const kept = (this.samples.get(name) ?? []).filter((sample) => now - sample.time < rateMs + 2 * tickMs);
      const before = kept.find((sample) => now - sample.time <= rateMs + tickMs) ?? kept[0];
      const declared = metricsOf(classOf(expanded.info));
      vitals.set(name, vitalsOf(expanded, before, workerNow(), declared, page, now));
      this.samples.set(name, [...kept, sampleOf(expanded.status, now, declared)]);
    }
    for (const name of this.samples.keys()) if (!vitals.has(name)) this.samples.delete(name);
    this.connectors = Object.fromEntries(Object.entries(connectors).filter(([name]) => vitals.has(name)));
    this.vitals = vitals;
    this.now = Date.now();
    this.clock = workerNow();
    this.ticks = this.now;
    this.loaded = true;
    for (const listener of this.listeners) listener();
  }

  private async loadWorker(): Promise<void> {
    const worker = await rest.worker();
    this.worker = worker;
    const boot = `${worker.worker_id} ${worker.pid}`;
    if (this.boot !== '' && this.boot !== boot) {
      this.nextEvent = 0;
      this.events = [];
      this.samples.clear();
      this.restarts += 1;
    }
    this.boot = boot;
  }

  private async loadHealth(): Promise<void> {
    this.health = await rest.health();
  }

  private async loadTopics(): Promise<void> {
    this.topics = await rest.topics();
  }

  private async loadEvents(): Promise<void> {
    const answer = await rest.events(this.nextEvent);
    // A worker that started anew counts from the beginning.
    if (answer.next < this.nextEvent) {
      this.nextEvent = 0;
      this.events = [];
      return;
    }
    this.nextEvent = answer.next;
    if (answer.events.length > 0) this.events = [...this.events, ...answer.events].slice(-keptEvents);
  }
}

export const store = new Store();

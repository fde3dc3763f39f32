import { ApiError, send, type Call } from './client';
import type {
  Caller,
  Cluster,
  Config,
  ConnectorChange,
  ConnectorInfo,
  DeadLetters,
  Definition,
  Expanded,
  Health,
  History,
  InitialState,
  LinkWish,
  LogEntry,
  NewRecord,
  OffsetEntry,
  Plugin,
  Metric,
  Probe,
  Records,
  Topic,
  Validation,
  ViewerLink,
  WorkerEvent,
  WorkerInfo,
} from './types';

const at = (name: string) => `/connectors/${encodeURIComponent(name)}`;
const plugin = (name: string) => `/connector-plugins/${encodeURIComponent(name)}`;

// Changes are values first, so that a dialog can show the very request it is about to send.
export const calls = {
  create: (name: string, config: Config, initial_state: InitialState): Call => ({
    method: 'POST',
    path: '/connectors',
    body: { name, config, initial_state },
    timeoutMs: 20_000,
  }),
  putConfig: (name: string, config: Config): Call => ({
    method: 'PUT',
    path: `${at(name)}/config`,
    body: config,
    timeoutMs: 20_000,
  }),
  remove: (name: string): Call => ({ method: 'DELETE', path: at(name) }),
  pause: (name: string): Call => ({ method: 'PUT', path: `${at(name)}/pause` }),
  resume: (name: string): Call => ({ method: 'PUT', path: `${at(name)}/resume` }),
  stop: (name: string): Call => ({ method: 'PUT', path: `${at(name)}/stop` }),
  restart: (name: string, includeTasks: boolean, onlyFailed: boolean): Call => ({
    method: 'POST',
    path: `${at(name)}/restart?includeTasks=${includeTasks}&onlyFailed=${onlyFailed}`,
  }),
  restartTask: (name: string, task: number): Call => ({ method: 'POST', path: `${at(name)}/tasks/${task}/restart` }),
  alterOffsets: (name: string, offsets: OffsetEntry[]): Call => ({
    method: 'PATCH',
    path: `${at(name)}/offsets`,
    body: { offsets },
  }),
  resetOffsets: (name: string): Call => ({ method: 'DELETE', path: `${at(name)}/offsets` }),
  makeLink: (wish: LinkWish): Call => ({ method: 'POST', path: '/links', body: wish }),
  removeLink: (id: string): Call => ({ method: 'DELETE', path: `/links/${encodeURIComponent(id)}` }),
  writeRecord: (topic: string, record: NewRecord): Call => ({
    method: 'POST',
    path: `/topics/${encodeURIComponent(topic)}/records`,
    body: record,
    timeoutMs: 30_000,
  }),
  removeTopic: (name: string): Call => ({ method: 'DELETE', path: `/topics/${encodeURIComponent(name)}` }),
};

const get = <T>(path: string, timeoutMs?: number) =>
  send<T>(timeoutMs ? { method: 'GET', path, timeoutMs } : { method: 'GET', path });

export const rest = {
  session: () => get<Caller>('/session'),
  logIn: (user: string, password: string) =>
    send<Caller>({ method: 'POST', path: '/session', body: { user, password }, timeoutMs: 30_000 }),
  links: () => get<ViewerLink[]>('/links'),
  logOut: () => send<undefined>({ method: 'DELETE', path: '/session' }),
  connectors: () => get<Record<string, Expanded>>('/connectors?expand=status&expand=info'),
  connector: (name: string) => get<ConnectorInfo>(at(name)),
  config: (name: string) => get<Config>(`${at(name)}/config`),
  offsets: (name: string) => get<{ offsets: OffsetEntry[] }>(`${at(name)}/offsets`),
  /** Oldest first. */
  changes: (name: string) => get<{ history: ConnectorChange[] }>(`${at(name)}/history?limit=500`),
  deadLetters: (name: string) => get<DeadLetters>(`${at(name)}/dead-letters`, 20_000),
  plugins: () => get<Plugin[]>('/connector-plugins'),
  /** Transforms, predicates and converters, too. */
  allPlugins: () => get<Plugin[]>('/connector-plugins?connectorsOnly=false'),
  pluginConfig: (name: string) => get<Definition[]>(`${plugin(name)}/config`),
  pluginMetrics: (name: string) => get<Metric[]>(`${plugin(name)}/metrics`),
  validate: (name: string, config: Config) =>
    send<Validation>({ method: 'PUT', path: `${plugin(name)}/config/validate`, body: config }),
  probe: (name: string, config: Config) =>
    send<Probe>({ method: 'PUT', path: `${plugin(name)}/probe`, body: config, timeoutMs: 20_000 }),
  topics: () => get<Topic[]>('/topics'),
  records: (topic: string, search: string) =>
    get<Records>(`/topics/${encodeURIComponent(topic)}/records?${search}`, 20_000),
  /** An unhealthy worker answers 503, and says why all the same. */
  health: () =>
    get<Health>('/health').catch((error: unknown) => {
      const body = error instanceof ApiError ? (error.body as Partial<Health> | null | undefined) : undefined;
      if (typeof body?.status !== 'string') throw error;
      return body as Health;
    }),
  worker: () => get<WorkerInfo>('/worker'),
  cluster: () => get<Cluster>('/cluster'),
  events: (after: number) => get<{ next: number; events: WorkerEvent[] }>(`/events?after=${after}`),
  logs: (query: { after: number; level?: string; connector?: string; limit?: number }) => {
    const search = new URLSearchParams({ after: String(query.after) });
    if (query.level) search.set('level', query.level);
    if (query.connector) search.set('connector', query.connector);
    if (query.limit) search.set('limit', String(query.limit));
    return get<{ next: number; entries: LogEntry[] }>(`/logs?${search}`);
  },
  history: (resolution: '1s' | '1m', connector?: string) =>
    get<History>(
      `/metrics/history?resolution=${resolution}${connector ? `&connector=${encodeURIComponent(connector)}` : ''}`,
    ),
  loggers: () => get<Record<string, { level: string | null; last_modified: number | null }>>('/admin/loggers'),
  setLogger: (logger: string, level: string) =>
    send<string[]>({ method: 'PUT', path: `/admin/loggers/${encodeURIComponent(logger)}`, body: { level } }),
};

// Small worlds for tests.
import type { Definition, Expanded, Metric, Problem, State, Topic, Validation } from '../api/types';
import { vitalsOf, type Sample } from './vitals';

export function connector(
  name: string,
  type: 'source' | 'sink',
  options: {
    state?: State;
    task?: State;
    trace?: string;
    problems?: Problem[];
    config?: Record<string, string>;
    metrics?: Record<string, number | string | boolean>;
    tasks?: number;
  } = {},
): Expanded {
  const state = options.state ?? 'RUNNING';
  const task = options.task ?? state;
  return {
    info: {
      name,
      type,
      config: { name, 'connector.class': type === 'source' ? 'VideoFileSource' : 'MjpegHttpSink', ...options.config },
      tasks: [],
    },
    status: {
      name,
      type,
      connector: { state, worker_id: 'w', version: '1' },
      tasks: Array.from({ length: options.tasks ?? 1 }, (_, id) => ({
        id,
        state: task,
        worker_id: 'w',
        version: '1',
        ...(options.trace ? { trace: options.trace } : {}),
        ...(options.problems ? { problems: options.problems } : {}),
        ...(options.metrics ? { metrics: options.metrics } : {}),
      })),
    },
  };
}

const metric = (name: string, role: Metric['role'], unit = '', series: string | null = name): Metric => ({
  name,
  kind: 'gauge',
  unit,
  documentation: '',
  plot: '',
  label: name,
  series,
  role,
  setting: null,
});
/** As the worker and the two classes of `connector` declare them. */
export const declaredOfSources = [
  metric('records', 'position', 'records', 'records_per_second'),
  metric('bytes', 'bytes', 'bytes', 'bytes_per_second'),
  metric('frames_read', 'position', 'frames', 'frames_read_per_second'),
  metric('end_of_file', 'ended', '', null),
  metric('waits_for', 'waiting', '', null),
];
export const declaredOfSinks = [
  metric('records', 'position', 'records', 'records_per_second'),
  metric('lag_records', 'lag', 'records'),
  metric('viewers', 'viewers'),
  metric('playhead_viewers', 'lag-viewers', '', null),
  metric('mux_viewers', 'previews'),
  metric('position', 'position', 'records', 'position_per_second'),
  metric('bytes_sent', 'bytes', 'bytes', 'bytes_sent_per_second'),
  metric('lag_frames', 'lag', 'frames'),
  metric('lag_seconds', 'lag', 's'),
  { ...metric('url', 'stream', '', null), setting: 'http.advertised.url' },
  { ...metric('mux_url', 'streams', '', null), setting: 'http.advertised.url' },
  metric('latency_p50_ms', 'latency', 'ms'),
  metric('latency_p95_ms', 'latency', 'ms'),
];
export const declaredOf = (type: 'source' | 'sink') => (type === 'source' ? declaredOfSources : declaredOfSinks);

export function vitalsMap(connectors: Record<string, Expanded>, now = 100_000, before?: Sample) {
  return new Map(
    Object.entries(connectors).map(([name, expanded]) => [
      name,
      vitalsOf(expanded, before, now, declaredOf(expanded.info.type as 'source' | 'sink')),
    ]),
  );
}

export function topic(name: string, options: Partial<Topic> & { frames?: number } = {}): Topic {
  const frames = options.frames ?? 100;
  return {
    name,
    bytes: 1000,
    config: {},
    sources: [],
    sinks: [],
    partitions: [
      { partition: 0, first_offset: 0, end_offset: frames, first_timestamp: 0, last_timestamp: frames * 33 },
    ],
    ...options,
  };
}

export function definition(name: string, change: Partial<Definition> = {}): Definition {
  return {
    name,
    type: 'STRING',
    required: false,
    default_value: '',
    importance: 'MEDIUM',
    documentation: '',
    group: 'General',
    width: 'MEDIUM',
    display_name: name,
    dependents: [],
    order_in_group: 1,
    ...change,
  };
}

export function validation(
  definitions: Definition[],
  errors: Record<string, string[]> = {},
  choices: Record<string, string[]> = {},
): Validation {
  return {
    name: 'Plugin',
    error_count: Object.keys(errors).length,
    groups: [],
    configs: definitions.map((d) => ({
      definition: d,
      value: {
        name: d.name,
        value: d.default_value,
        recommended_values: choices[d.name] ?? [],
        errors: errors[d.name] ?? [],
        visible: true,
      },
    })),
  };
}

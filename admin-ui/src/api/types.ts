// The shapes of the REST API that this page uses.

export type State = 'UNASSIGNED' | 'RUNNING' | 'PAUSED' | 'STOPPED' | 'FAILED' | 'RESTARTING';
export type ConnectorType = 'source' | 'sink';
export type InitialState = 'RUNNING' | 'PAUSED' | 'STOPPED';
export type Config = Record<string, string>;
export type Metrics = Record<string, number | string | boolean>;

export interface TaskStatus {
  id: number;
  state: State;
  worker_id: string;
  version?: string;
  trace?: string;
  metrics?: Metrics;
}
export interface ConnectorStatus {
  name: string;
  connector: { state: State; worker_id: string; version?: string; trace?: string };
  tasks: TaskStatus[];
  type: ConnectorType;
}
export interface ConnectorInfo {
  name: string;
  config: Config;
  tasks: { connector: string; task: number }[];
  type: ConnectorType;
}
export interface Expanded {
  status: ConnectorStatus;
  info: ConnectorInfo;
}

export interface Plugin {
  class: string;
  type: string;
  version: string;
}
export interface Definition {
  name: string;
  type: string;
  required: boolean;
  default_value: string | null;
  importance: string;
  documentation: string;
  group: string | null;
  width: string;
  display_name: string;
  dependents: string[];
  order: number;
  unit?: string;
}
export interface FieldValue {
  name: string;
  value: string | null;
  recommended_values: string[];
  errors: string[];
  visible: boolean;
}
export interface Validation {
  name: string;
  error_count: number;
  groups: string[];
  configs: { definition: Definition; value: FieldValue }[];
}

export interface PartitionExtent {
  partition: number;
  first_offset: number;
  end_offset: number;
  first_timestamp: number | null;
  last_timestamp: number | null;
}
export interface Topic {
  name: string;
  bytes: number;
  config: Config;
  partitions: PartitionExtent[];
  sources: string[];
  sinks: string[];
}

export interface WorkerInfo {
  version: string;
  commit: string;
  worker_id: string;
  broker: string;
  broker_reachable: boolean;
  broker_message: string;
  uptime_ms: number;
  pid: number;
  rss_bytes: number;
  data_dir: string;
  plugins_refused: string[];
  listeners: string[];
  sample_video: string;
}
export interface WorkerEvent {
  seq: number;
  time: number;
  connector: string;
  task: number | null;
  state: string;
  message: string;
}
export interface LogEntry {
  seq: number;
  time: number;
  level: string;
  logger: string;
  message: string;
}
export interface History {
  resolution_ms: number;
  times: number[];
  series: Record<string, Record<string, (number | null)[]>>;
}
export interface Probe {
  frames: number;
  content_type: string;
  width: number;
  height: number;
  first_frame: string;
  frame_bytes: number;
  fps: number;
  bytes_per_second: number;
  bytes_per_day: number;
}
export interface OffsetEntry {
  partition: Record<string, string | number>;
  offset: Record<string, unknown> | null;
}

// The shapes of the REST API that this page uses, by the names the page has for them.
import type { components } from './schema.gen';

type Schemas = components['schemas'];

export type State = Schemas['State'];
export type ConnectorType = Schemas['ConnectorType'];
export type InitialState = Schemas['NewConnector']['initial_state'];
export type Config = Schemas['Config'];
export type TaskStatus = Schemas['TaskStatus'];
export type Metrics = NonNullable<TaskStatus['metrics']>;
export type ConnectorStatus = Schemas['ConnectorStatus'];
export type ConnectorInfo = Schemas['Connector'];
/** What ?expand=status&expand=info answers for each connector. */
export type Expanded = Required<Schemas['Expanded']>;
export type Plugin = Schemas['Plugin'];
/** A unit is an addition of this worker; another may leave it out. */
export type Definition = Schemas['ConfigKey'] & { unit?: string };
export type FieldValue = Schemas['ConfigValue'];
export type Validation = Omit<Schemas['ConfigReport'], 'configs'> & { configs: { definition: Definition; value: FieldValue }[] };

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

// The shapes of the REST API that this page uses, by the names the page has for them.
import type { components, operations } from './schema.gen';

type Schemas = components['schemas'];

export type Caller = Schemas['Caller'];
export type ViewerLink = Schemas['ViewerLink'];
/** With what opens it, which is told this once. */
export type NewViewerLink = ViewerLink & { link: string };
export type LinkWish = operations['makeLink']['requestBody']['content']['application/json'];
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
export type Warning = Schemas['Warnings'][number];
export type Validation = Omit<Schemas['ConfigReport'], 'configs'> & {
  configs: { definition: Definition; value: FieldValue }[];
};
/** What the answer to a created or changed connector may hold beside it. */
export interface Warned {
  warnings?: Warning[];
}
/** What is wrong, for programs and for people. */
export type Problem = Schemas['Problem'];
/** One of the worker itself, as health lists it. */
export type StandingProblem = Schemas['StandingProblem'];
export type Health = Schemas['Health'];

export type Topic = Schemas['Topic'];
export type PartitionExtent = Topic['partitions'][number];
export type Records = Schemas['Records'];
export type TopicRecord = Schemas['TopicRecord'];
export type NewRecord = Schemas['NewRecord'];
export type RecordBytes = Schemas['RecordBytes'];
/** Where a record is that was written by hand. */
export type WrittenRecord = operations['writeRecord']['responses']['201']['content']['application/json'];
export type WorkerInfo = Schemas['WorkerReport'];
export type Cluster = Schemas['Cluster'];
export type WorkerEvent = Schemas['Events']['events'][number];
export type LogEntry = Schemas['Logs']['entries'][number];
export type History = Schemas['MetricsHistory'];
/** One line of a connector's history. */
export type ConnectorChange = Schemas['History']['history'][number];
export type DeadLetters = Schemas['DeadLetters'];
export type DeadLetterReason = DeadLetters['reasons'][number];
export type DeadLetter = DeadLetters['letters'][number];
export type Probe = Schemas['Probe'];
export type ProbedChain = Schemas['ProbedChain'];
export type ProbedRecord = Schemas['ProbedRecord'];
export type Metric = Schemas['Metric'];
export interface OffsetEntry {
  partition: Record<string, string | number>;
  offset: Record<string, unknown> | null;
}

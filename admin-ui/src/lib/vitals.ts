// How a connector is: a severity and a few words, from its status, its metrics and how they change.
import type { Config, ConnectorStatus, Expanded, Metric, Metrics, Problem } from '../api/types';
import { problemsOfPart } from './failures';
import { isTold, told, toldText } from './roles';
import { streamOf, type Page } from './stream';

export type Severity = 'failed' | 'stalled' | 'lagging' | 'starting' | 'stopped' | 'paused' | 'idle' | 'running';
const order: Severity[] = ['failed', 'stalled', 'lagging', 'starting', 'stopped', 'paused', 'idle', 'running'];
export const rank = (severity: Severity) => order.indexOf(severity);
export const worst = (severities: Severity[]): Severity =>
  severities.reduce((a, b) => (rank(b) < rank(a) ? b : a), 'running' as Severity);

/** A consumer further behind than this is lagging. */
export const lagAlertSeconds = 30;
/** A running source without a new record for this long is stalled. */
export const stallMs = 10_000;

export interface Vitals {
  name: string;
  type: 'source' | 'sink';
  pluginClass: string;
  severity: Severity;
  label: string;
  /** Frames per second through this connector; null: not known yet. */
  fps: number | null;
  bytesPerSecond: number | null;
  /** What somebody has still to be shown; null: not known, or nobody waits for it (see `unwatched`). */
  lagFrames: number | null;
  lagSeconds: number | null;
  /** A sink that shows frames to viewers has none: it keeps its place, and is not behind. */
  unwatched: boolean;
  /** How far the place that an unwatched sink keeps is from the newest frame; null: not told. */
  keptFrames: number | null;
  viewers: number | null;
  /** Pages such as this one that show the newest frame, beside the viewers. */
  previews: number | null;
  streamUrl: string | null;
  muxUrl: string | null;
  /** The key of its config that says where the stream is reached, and whether it does; empty: it has none. */
  streamSetting: string;
  streamAdvertised: boolean;
  /** Why this page cannot show the stream; empty: it can. */
  streamBlocked: string;
  /** This page came from elsewhere, and may not reach it. */
  streamDoubtful: boolean;
  tasksRunning: number;
  tasks: number;
  /** The first trace, the connector's own before the tasks'. */
  trace: string;
  /** The same, for the page to choose its words and a fix by. */
  problems: Problem[];
  failedTask: number | null;
  /** Why nothing flows, in words; empty where something does. */
  hint: string;
}

/** A point of the past to compare with: the newest sample that is at least a second old. */
export interface Sample {
  time: number;
  records: number | null;
  bytes: number | null;
}

const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

/** All tasks' metrics as one: numbers are summed, of anything else the first is taken. */
export function mergedMetrics(status: ConnectorStatus): Metrics {
  const merged: Metrics = {};
  for (const task of status.tasks) {
    for (const [key, value] of Object.entries(task.metrics ?? {})) {
      const have = merged[key];
      if (typeof have === 'number' && typeof value === 'number' && !key.startsWith('last_')) merged[key] = have + value;
      else if (have === undefined) merged[key] = value;
    }
  }
  return merged;
}

export function sampleOf(status: ConnectorStatus, time: number, declared: Metric[]): Sample {
  const metrics = mergedMetrics(status);
  return { time, records: told(metrics, declared, 'position'), bytes: told(metrics, declared, 'bytes') };
}

/** Tasks tell their figures once a second: over less than this a rate would be guesswork. */
const leastMs = 2000;

function perSecond(before: number | null | undefined, after: number | null, ms: number): number | null {
  if (before == null || after === null || ms < leastMs) return null;
  return Math.max(0, ((after - before) * 1000) / ms);
}

function stateSeverity(status: ConnectorStatus): Severity {
  const states = [status.connector.state, ...status.tasks.map((task) => task.state)];
  if (states.includes('FAILED')) return 'failed';
  if (status.tasks.some((task) => task.metrics?.['stalled_in'])) return 'stalled';
  if (states.includes('RESTARTING') || states.includes('UNASSIGNED')) return 'starting';
  if (status.connector.state === 'STOPPED') return 'stopped';
  if (status.connector.state === 'PAUSED') return 'paused';
  return status.tasks.length === 0 ? 'starting' : 'running';
}

const labels: Record<Severity, string> = {
  failed: 'Failed',
  stalled: 'Stalled',
  lagging: 'Lagging',
  starting: 'Starting',
  stopped: 'Stopped',
  paused: 'Paused',
  idle: 'Idle',
  running: 'Running',
};

/**
 * What counts as lag, everywhere in this page: the frames that somebody who is there has not been shown yet. With nobody
 * there a view sink keeps its place, or follows the newest frame, and is not behind.
 */
export function isUnwatched(metrics: Metrics, declared: Metric[]): boolean {
  return told(metrics, declared, 'viewers') === 0 || told(metrics, declared, 'lag-viewers') === 0;
}

function flowSeverity(
  status: ConnectorStatus,
  metrics: Metrics,
  declared: Metric[],
  fps: number | null,
  now: number,
): [Severity, string] {
  if (status.type === 'source') {
    if (isTold(metrics, declared, 'ended')) return ['idle', 'It has sent all'];
    const waiting = metrics['waiting_for'] ?? toldText(metrics, declared, 'waiting');
    if (typeof waiting === 'string' && waiting !== '') return ['stalled', `Waiting for ${waiting}`];
    const last = number(metrics['last_record_ms']);
    if (last !== null && last > 0 && now - last > stallMs && !fps) return ['stalled', 'No new record'];
    return ['running', ''];
  }
  const lagSeconds = told(metrics, declared, 'lag-seconds');
  const lagFrames = told(metrics, declared, 'viewers') === null ? null : told(metrics, declared, 'lag');
  if (isUnwatched(metrics, declared)) return ['running', 'Nobody is watching'];
  const behind =
    lagSeconds !== null ? lagSeconds > lagAlertSeconds : lagFrames !== null && lagFrames > lagAlertSeconds * 30;
  if (behind && fps === 0) return ['stalled', 'Viewers get nothing'];
  return behind ? ['lagging', 'Behind the topic'] : ['running', ''];
}

/** `declared`: by its class. `now` is the worker's time; `sampledAt` that of the clock that the samples are taken by. */
export function vitalsOf(
  expanded: Expanded,
  before: Sample | undefined,
  now: number,
  declared: Metric[],
  page: Page = { protocol: 'http:', hostname: '127.0.0.1' },
  sampledAt = now,
): Vitals {
  const { status, info } = expanded;
  const metrics = mergedMetrics(status);
  const sample = sampleOf(status, sampledAt, declared);
  const elapsed = before ? sampledAt - before.time : 0;
  const own = stateSeverity(status);
  const moving = own === 'running' || own === 'failed';
  const unwatched = status.type === 'sink' && isUnwatched(metrics, declared);
  const behind = told(metrics, declared, 'lag');
  const stream = status.type === 'sink' ? streamOf(metrics, declared, info.config, page) : null;
  // The place of a live sink moves with the topic though nobody is shown anything.
  const fps =
    unwatched && own === 'running'
      ? 0
      : moving
        ? perSecond(before?.records, sample.records, elapsed)
        : own === 'starting'
          ? null
          : 0;
  const bytesPerSecond = moving ? perSecond(before?.bytes, sample.bytes, elapsed) : 0;
  const [severity, hint] =
    own === 'running'
      ? flowSeverity(status, metrics, declared, fps, now)
      : ([own, own === 'stalled' ? `${metrics['stalled_in']} does not return` : ''] as [Severity, string]);
  const failedTask = status.tasks.find((task) => task.state === 'FAILED');
  return {
    name: status.name,
    type: status.type,
    pluginClass: info.config['connector.class'] ?? '',
    severity,
    label:
      severity === 'failed' && failedTask && status.connector.state !== 'FAILED'
        ? `Task ${failedTask.id} failed`
        : labels[severity],
    fps,
    bytesPerSecond,
    lagFrames: unwatched ? null : behind,
    lagSeconds: unwatched ? null : told(metrics, declared, 'lag-seconds'),
    unwatched,
    keptFrames: unwatched ? behind : null,
    viewers: told(metrics, declared, 'viewers'),
    previews: told(metrics, declared, 'previews'),
    streamUrl: stream?.url ?? null,
    muxUrl: stream?.mux || null,
    streamSetting: stream?.setting ?? '',
    streamAdvertised: stream?.advertised ?? false,
    streamBlocked: stream?.blocked ?? '',
    streamDoubtful: stream?.doubtful ?? false,
    tasksRunning: status.tasks.filter((task) => task.state === 'RUNNING').length,
    tasks: status.tasks.length,
    trace: status.connector.trace || failedTask?.trace || '',
    problems: problemsOfPart(
      status.connector.trace || status.connector.problems ? status.connector : (failedTask ?? {}),
    ),
    failedTask: failedTask?.id ?? null,
    hint,
  };
}

/** The topics that a config names: of a source those it writes, of a sink those it reads. A regex is matched to `known`. */
export function topicsOf(config: Config, type: 'source' | 'sink', known: string[]): string[] {
  const list = (text: string | undefined) =>
    (text ?? '')
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  if (type === 'source') return list(config['topic'] ?? config['topics'] ?? config['kafka.topic']);
  const named = list(config['topics'] ?? config['topic']);
  const regex = config['topics.regex'];
  if (!regex) return named;
  try {
    const pattern = new RegExp(`^(?:${regex})$`);
    return [...new Set([...named, ...known.filter((topic) => pattern.test(topic))])];
  } catch {
    return named;
  }
}

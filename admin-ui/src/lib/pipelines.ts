// Rows source → topic → sink, one for each topic, worst first. Made from configs, never drawn by hand.
import type { Expanded, Topic } from '../api/types';
import { rank, topicsOf, worst, type Severity, type Vitals } from './vitals';

export interface PartitionFill {
  partition: number;
  /** How much of what the topic retains the slowest consumer has still to read, 0…1. */
  behind: number;
  tone: 'ok' | 'warn' | 'bad';
}
export interface Row {
  topic: string;
  extent: Topic | null;
  sources: Vitals[];
  sinks: Vitals[];
  severity: Severity;
  fill: PartitionFill[];
}

function fillOf(topic: Topic | null, sinks: Vitals[]): PartitionFill[] {
  if (!topic) return [];
  const lag = Math.max(0, ...sinks.map((sink) => sink.lagFrames ?? 0));
  const total = topic.partitions.reduce((sum, p) => sum + p.end_offset - p.first_offset, 0);
  return topic.partitions.map((p) => {
    const held = p.end_offset - p.first_offset;
    const share = total > 0 ? held / total : 0;
    const behind = held > 0 ? Math.min(1, (lag * share) / held) : 0;
    return { partition: p.partition, behind, tone: behind > 0.8 ? 'bad' : behind > 0.5 ? 'warn' : 'ok' };
  });
}

export function buildRows(connectors: Record<string, Expanded>, vitals: Map<string, Vitals>, topics: Topic[]): Row[] {
  const known = new Map(topics.map((topic) => [topic.name, topic]));
  const rows = new Map<string, Row>();
  const rowOf = (topic: string): Row => {
    let row = rows.get(topic);
    if (!row) {
      row = { topic, extent: known.get(topic) ?? null, sources: [], sinks: [], severity: 'running', fill: [] };
      rows.set(topic, row);
    }
    return row;
  };
  for (const topic of known.keys()) rowOf(topic);
  for (const [name, expanded] of Object.entries(connectors)) {
    const found = vitals.get(name);
    if (!found) continue;
    const named = topicsOf(expanded.info.config, expanded.info.type, [...known.keys()]);
    for (const topic of named) {
      const row = rowOf(topic);
      (found.type === 'source' ? row.sources : row.sinks).push(found);
    }
  }
  const worstFirst = (a: Vitals, b: Vitals) => rank(a.severity) - rank(b.severity) || a.name.localeCompare(b.name);
  for (const row of rows.values()) {
    row.sources.sort(worstFirst);
    row.sinks.sort(worstFirst);
    row.severity =
      row.sources.length + row.sinks.length === 0
        ? 'stopped'
        : worst([...row.sources, ...row.sinks].map((v) => v.severity));
    row.fill = fillOf(row.extent, row.sinks);
  }
  return [...rows.values()].sort(byWorst);
}

export function byWorst(a: Row, b: Row): number {
  return (
    rank(a.severity) - rank(b.severity) || gaps(b) - gaps(a) || lagOf(b) - lagOf(a) || a.topic.localeCompare(b.topic)
  );
}
export function byName(a: Row, b: Row): number {
  return a.topic.localeCompare(b.topic);
}

const gaps = (row: Row) => Number(row.sources.length === 0) + Number(row.sinks.length === 0);
const lagOf = (row: Row) => Math.max(0, ...row.sinks.map((sink) => sink.lagFrames ?? 0));

export interface Totals {
  connectors: number;
  running: number;
  failed: number;
  sources: number;
  /** null, here and below: of none of them it is known yet. */
  fpsIn: number | null;
  fpsOut: number | null;
  bytesIn: number | null;
  viewers: number;
  previews: number;
  /** null: nobody waits for anything. */
  worstLag: { frames: number; seconds: number | null; name: string } | null;
}

export function totalsOf(all: Vitals[]): Totals {
  const sum = (items: Vitals[], of: (v: Vitals) => number | null) =>
    items.reduce((total, v) => total + (of(v) ?? 0), 0);
  const known = (items: Vitals[], of: (v: Vitals) => number | null) =>
    items.length > 0 && items.every((v) => of(v) === null) ? null : sum(items, of);
  const sources = all.filter((v) => v.type === 'source');
  const sinks = all.filter((v) => v.type === 'sink');
  const laggard = sinks.reduce<Vitals | null>((a, b) => ((b.lagFrames ?? -1) > (a?.lagFrames ?? -1) ? b : a), null);
  return {
    connectors: all.length,
    running: all.filter((v) => ['running', 'idle', 'lagging', 'stalled'].includes(v.severity)).length,
    failed: all.filter((v) => v.severity === 'failed').length,
    sources: sources.length,
    fpsIn: known(sources, (v) => v.fps),
    fpsOut: known(sinks, (v) => v.fps),
    bytesIn: known(sources, (v) => v.bytesPerSecond),
    viewers: sum(sinks, (v) => v.viewers),
    previews: sum(sinks, (v) => v.previews),
    worstLag:
      laggard && laggard.lagFrames !== null
        ? { frames: laggard.lagFrames, seconds: laggard.lagSeconds, name: laggard.name }
        : null,
  };
}

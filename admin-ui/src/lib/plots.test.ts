import { describe, expect, it } from 'vitest';
import type { History, Metric } from '../api/types';
import { largestNow, linesOf } from './history';
import { declaredPlots } from './plots';

const metric = (name: string, more: Partial<Metric>): Metric => ({
  name,
  kind: 'gauge',
  unit: '',
  documentation: '',
  plot: '',
  label: name,
  series: name,
  role: null,
  setting: null,
  ...more,
});
const history = (...series: string[]): History => ({
  resolution_ms: 1000,
  times: [1000],
  series: { a: Object.fromEntries(series.map((name) => [name, [1]])) },
});

describe('the plots of a connector', () => {
  it('are those that its class declares and that have a history', () => {
    const metrics = [
      metric('lines', { kind: 'counter', unit: 'lines', plot: 'Written', series: 'lines_per_second' }),
      metric('pending', { unit: 'lines', plot: 'Pending' }),
      metric('file', { kind: 'info', series: null }),
      metric('quiet', {}),
    ];
    expect(declaredPlots(metrics, history('lines_per_second', 'quiet'), 'a')).toEqual([
      { title: 'Written', unit: 'lines/s', lines: [['lines_per_second', 'lines', '--ok']] },
    ]);
  });

  it('hold the lines of one title and unit together', () => {
    const metrics = ['p50', 'p95'].map((label) =>
      metric(`latency_${label}_ms`, { unit: 'ms', plot: 'Latency', label }),
    );
    expect(declaredPlots(metrics, history('latency_p50_ms', 'latency_p95_ms'), 'a')).toEqual([
      {
        title: 'Latency',
        unit: 'ms',
        lines: [
          ['latency_p50_ms', 'p50', '--ok'],
          ['latency_p95_ms', 'p95', '--warn'],
        ],
      },
    ]);
  });

  it('leave out what the page draws of every connector', () => {
    const records = metric('records', {
      kind: 'counter',
      unit: 'records',
      plot: 'Throughput',
      series: 'records_per_second',
      role: 'position',
    });
    expect(declaredPlots([records], history('records_per_second'), 'a')).toEqual([]);
    // A second one of the same meaning is the class's own.
    const read = metric('lines_read', {
      kind: 'counter',
      unit: 'lines',
      plot: 'Read',
      series: 'lines_read_per_second',
      role: 'position',
    });
    expect(
      declaredPlots([records, read], history('records_per_second', 'lines_read_per_second'), 'a').map(
        (plot) => plot.title,
      ),
    ).toEqual(['Read']);
  });

  it('count frames in fps', () => {
    const sent = metric('frames_sent', {
      kind: 'counter',
      unit: 'frames',
      plot: 'Sent',
      series: 'frames_sent_per_second',
    });
    expect(declaredPlots([sent], history('frames_sent_per_second'), 'a')[0]?.unit).toBe('fps');
  });
});

describe('how long records take', () => {
  const declared = ['p50', 'p95'].map((label) => metric(`took_${label}`, { unit: 'ms', label, role: 'latency' }));
  const both: History = {
    resolution_ms: 1000,
    times: [1000, 2000],
    series: { a: { took_p50: [1, 2], took_p95: [null, 9] }, b: { took_p50: [3, 3], took_p95: [4, 3] } },
  };
  it('is a line for each metric that is declared to say it', () => {
    expect(linesOf([...declared, metric('other', {})], 'latency')).toEqual([
      ['took_p50', 'p50', '--ok'],
      ['took_p95', 'p95', '--warn'],
    ]);
  });
  it('is summed up as the longest of now, by the name of its metric', () => {
    expect(largestNow(both, ['a', 'b'], () => declared, 'latency')).toEqual({ value: 9, label: 'p95' });
    expect(largestNow(both, ['b'], () => declared, 'latency')).toEqual({ value: 3, label: 'p95' });
    expect(largestNow(both, ['b'], () => [], 'latency')).toBeNull();
  });
});

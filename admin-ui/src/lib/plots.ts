// The plots of a connector: a line for each metric that its class declares, those of one title and unit together.
import type { History, Metric } from '../api/types';

export interface DeclaredPlot {
  title: string;
  unit: string;
  /** Series of the history, what each is called, and its colour. */
  lines: [series: string, label: string, colour: string][];
}

// What the page draws of every connector by itself, by the worker's name and by that of a sink that reads for itself.
const drawn = new Set(['records_per_second', 'bytes_per_second', 'lag_records', 'position_per_second', 'bytes_sent_per_second', 'lag_frames']);
const colours = ['--ok', '--warn', '--info', '--accent'];

const unitOf = (metric: Metric) => {
  if (metric.kind !== 'counter') return metric.unit;
  return metric.unit === 'frames' ? 'fps' : `${metric.unit}/s`;
};

/** Of what is declared, that which has a history. */
export function declaredPlots(metrics: Metric[], history: History, connector: string): DeclaredPlot[] {
  const plots: DeclaredPlot[] = [];
  for (const metric of metrics) {
    const { series, plot: title, label } = metric;
    if (title === '' || series === null || drawn.has(series) || history.series[connector]?.[series] === undefined) continue;
    const unit = unitOf(metric);
    let plot = plots.find((each) => each.title === title && each.unit === unit);
    if (!plot) plots.push((plot = { title, unit, lines: [] }));
    const own = metric.name.startsWith('lag_') ? '--warn' : colours[plot.lines.length % colours.length]!;
    plot.lines.push([series, label, own]);
  }
  return plots;
}

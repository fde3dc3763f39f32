// The plots of a connector: a line for each metric that its class declares, those of one title and unit together.
import type { History, Metric } from '../api/types';
import { sampledSeries } from './history';
import { isLag, seriesOf, type Meaning } from './roles';

export interface DeclaredPlot {
  title: string;
  unit: string;
  /** Series of the history, what each is called, and its colour. */
  lines: [series: string, label: string, colour: string][];
}

// What the page draws of every connector by itself.
const drawn: Meaning[] = ['position', 'bytes', 'lag'];
const colours = ['--ok', '--warn', '--info', '--accent'];

const unitOf = (metric: Metric) => {
  if (metric.kind !== 'counter') return metric.unit;
  return metric.unit === 'frames' ? 'fps' : `${metric.unit}/s`;
};

/** Of what is declared, that which has a history. */
export function declaredPlots(metrics: Metric[], history: History, connector: string): DeclaredPlot[] {
  const plots: DeclaredPlot[] = [];
  const own = drawn.map((of) => sampledSeries(history, connector, seriesOf(metrics, of)));
  for (const metric of metrics) {
    const { series, plot: title, label } = metric;
    if (title === '' || series === null || own.includes(series) || history.series[connector]?.[series] === undefined)
      continue;
    const unit = unitOf(metric);
    let plot = plots.find((each) => each.title === title && each.unit === unit);
    if (!plot) plots.push((plot = { title, unit, lines: [] }));
    const colour = isLag(metrics, series) ? '--warn' : colours[plot.lines.length % colours.length]!;
    plot.lines.push([series, label, colour]);
  }
  return plots;
}

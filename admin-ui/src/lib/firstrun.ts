// The first pipeline: a source that plays the bundled sample, its topic, and a sink that shows it.
import type { Config } from '../api/types';

export interface Plan {
  source: { name: string; config: Config };
  sink: { name: string; config: Config };
  topic: string;
}

const sourceClass = 'VideoFileSource';
const sinkClass = 'MjpegHttpSink';

export function planFor(sampleVideo: string, taken: string[]): Plan {
  const free = (name: string) => {
    if (!taken.includes(name)) return name;
    for (let n = 2; ; n += 1) if (!taken.includes(`${name}-${n}`)) return `${name}-${n}`;
  };
  const topic = 'sample';
  return {
    topic,
    source: {
      name: free('sample-video'),
      config: { 'connector.class': sourceClass, file: sampleVideo, topic, loop: 'true' },
    },
    // Port 0 takes a free one: the first click must not fail because of a busy port.
    sink: {
      name: free('sample-view'),
      config: { 'connector.class': sinkClass, topics: topic, 'http.port': '0', playback: 'live' },
    },
  };
}

import { expect, test } from 'vitest';
import { configSetOf } from './configset';
import { connector } from './fixtures';

const connectors = {
  b: connector('b', 'sink', { config: { topics: 't', 'http.port': '5000' } }),
  a: connector('a', 'source', { config: { topic: 't', file: '/v.mp4' } }),
};

test('a set has the configs by name, in order, and without the names in them', () => {
  expect(configSetOf(connectors, ['b', 'a'])).toBe(`{
  "a": {
    "connector.class": "VideoFileSource",
    "file": "/v.mp4",
    "topic": "t"
  },
  "b": {
    "connector.class": "MjpegHttpSink",
    "http.port": "5000",
    "topics": "t"
  }
}
`);
});

test('only those asked for are in it, and those that are gone are not', () => {
  expect(Object.keys(JSON.parse(configSetOf(connectors, ['a', 'gone'])) as object)).toEqual(['a']);
  expect(configSetOf(connectors, [])).toBe('{}\n');
});

import { describe, expect, it } from 'vitest';
import { amount, ago, bytes, compact, count, dateTime, duration, figure, rate } from './format';

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [1, '1 B'],
    [999, '999 B'],
    [999.4, '999 B'],
    [999.6, '1 kB'],
    [1000, '1 kB'],
    [1500, '1.5 kB'],
    [99_449, '99.4 kB'],
    [99_949, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [67_108_864, '67.1 MB'],
    [6_442_450_944, '6.4 GB'],
    [4_294_967_296, '4.3 GB'],
    [1e12, '1 TB'],
    [1e15, '1 PB'],
    [Number(2n ** 63n), '9.2 EB'],
    [-1500, '-1.5 kB'],
    [-250_000, '-250 kB'],
    [NaN, '–'],
    [Infinity, '–'],
  ])('%d are %s', (value, text) => expect(bytes(value)).toBe(text));
});

describe('durations', () => {
  it.each([
    [0, '0 ms'],
    [0.2, '0 ms'],
    [999.4, '999 ms'],
    [999.6, '1 s'],
    [1000, '1 s'],
    [89_400, '89 s'],
    [89_600, '1 min'],
    [120_000, '2 min'],
    [2_400_000, '40 min'],
    [5_400_000, '2 h'],
    [86_400_000, '24 h'],
    [604_800_000, '7 d'],
    [31_536_000_000, '365 d'],
    [100 * 365.25 * 86_400_000, '100 y'],
    [-5, '0 ms'],
    [NaN, '–'],
    [Infinity, '–'],
  ])('%d ms are %s', (value, text) => expect(duration(value)).toBe(text));
});

describe('rates and counts', () => {
  it.each([
    [0, '0'],
    [0.04, '<0.1'],
    [0.06, '0.1'],
    [29.97, '30.0'],
    [99.94, '99.9'],
    [99.96, '100'],
    [12_345.6, '12,346'],
    [NaN, '–'],
  ])('%d is %s', (value, text) => expect(rate(value)).toBe(text));
  it.each([
    [0, '0'],
    [999, '999'],
    [999.96, '1k'],
    [1500, '1.5k'],
    [37_000, '37k'],
    [999_949, '999.9k'],
    [999_960, '1M'],
    [2.5e9, '2.5G'],
    [-1500, '-1.5k'],
    [NaN, '–'],
  ])('%d in short is %s', (value, text) => expect(compact(value)).toBe(text));
  it('of nothing are a dash', () => {
    expect([count(NaN), count(37_000), ago(NaN, 0)]).toEqual(['–', '37,000', '–']);
  });
});

describe('settings', () => {
  it.each([
    ['segment.bytes', '67108864', '67.1 MB'],
    ['retention.bytes', '6442450944', '6.4 GB'],
    ['retention.bytes', '-1', 'unlimited'],
    ['retention.bytes', '0', '0 B'],
    ['retention.ms', '604800000', '7 d'],
    ['retention.ms', '-1', 'unlimited'],
    ['retention.ms', '0', '0 ms'],
    ['flush.ms', '9223372036854775807', 'unlimited'],
    ['segment.bytes', '-5', ''],
    ['lag_seconds', 1200, '20 min'],
    ['rss_bytes', 12_820_480, '12.8 MB'],
    ['buffer.kbytes', '1024', '1 MB'],
    ['retention.ms', 'never', ''],
    ['retention.ms', '', ''],
    ['cleanup.policy', 'delete', ''],
    ['frames', '604800000', ''],
    ['items', '5', ''],
  ])('%s = %s is %s', (key, value, text) => expect(amount(key, value)).toBe(text));
});

describe('a figure that a task tells', () => {
  const moment = Date.UTC(2026, 10, 29, 10, 53, 57);
  it.each([
    ['last_record_ms', moment, dateTime(moment)],
    ['state_since_ms', moment, dateTime(moment)],
    ['next_restart_ms', moment, dateTime(moment)],
    ['time_to_first_frame_ms', 5, '5 ms'],
    ['latency_p95_ms', -1, '–'],
    ['bytes_stored', 3_600_000, '3.6 MB'],
    ['http_port', 8084, '8084'],
    ['fps', 13.4167, '13.42'],
    ['end_of_file', true, 'yes'],
    ['codec', 'h264', 'h264'],
    ['away_because', '', '–'],
    ['lag_records', null, '–'],
    ['fps', NaN, '–'],
  ])('%s = %s is %s', (key, value, text) => expect(figure(key, value)).toBe(text));
});

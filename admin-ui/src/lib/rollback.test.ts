import { expect, test } from 'vitest';
import type { ConnectorChange } from '../api/types';
import { configBehind, hiddenValue, wayBack } from './rollback';

const change = (
  action: ConnectorChange['action'],
  changes: ConnectorChange['changes'] = {},
  time = 0,
): ConnectorChange => ({ action, changes, time, by: 'me' });

const history = [
  change('CREATED', { topic: { from: null, to: 'a' }, fps: { from: null, to: '5' } }),
  change('CHANGED', { fps: { from: '5', to: '10' } }),
  change('PAUSED'),
  change('CHANGED', { fps: { from: '10', to: null }, width: { from: null, to: '320' } }),
];

test('what has come since is undone: changed, removed and added keys', () => {
  const now = { topic: 'a', width: '320' };
  expect(configBehind(now, history, 0)).toEqual({ config: { topic: 'a', fps: '5' }, kept: [] });
  expect(configBehind(now, history, 1)).toEqual({ config: { topic: 'a', fps: '10' }, kept: [] });
  expect(configBehind(now, history, 3)).toEqual({ config: now, kept: [] });
});

test('a password stays as it is, and is told', () => {
  const past = [...history, change('CHANGED', { password: { from: hiddenValue, to: hiddenValue } })];
  const { config, kept } = configBehind({ topic: 'a', width: '320', password: 'new' }, past, 0);
  expect(config).toEqual({ topic: 'a', fps: '5', password: 'new' });
  expect(kept).toEqual(['password']);
});

test('a password that was set only since stays as well, since nobody knows whether it is needed', () => {
  const past = [...history, change('CHANGED', { password: { from: null, to: hiddenValue } })];
  expect(configBehind({ topic: 'a', width: '320', password: 'new' }, past, 3)).toEqual({
    config: { topic: 'a', width: '320', password: 'new' },
    kept: ['password'],
  });
});

test('one can go back to each config but the newest', () => {
  expect(wayBack(history)).toEqual(new Set([0, 1]));
  expect(wayBack([])).toEqual(new Set());
  expect(wayBack(history.slice(0, 1))).toEqual(new Set());
});

test('and not behind a connector that was deleted', () => {
  const again = [...history, change('DELETED'), change('CREATED', { topic: { from: null, to: 'b' } })];
  expect(wayBack(again)).toEqual(new Set());
  expect(wayBack([...again, change('CHANGED', { topic: { from: 'b', to: 'c' } })])).toEqual(new Set([5]));
});
